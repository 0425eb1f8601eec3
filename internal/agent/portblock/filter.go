package portblock

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"

	"github.com/google/nftables"
)

const (
	tableName = "heartbeat"
	chainName = "portblock"
	// before is the place of our chain: ahead of the filters of the machine, whose accept would not matter anyway.
	before nftables.ChainPriority = -10
)

// A filter is the packet filter of the kernel as this package needs it. Rules are recognised by their mark.
type filter struct{}

// block adds the rules unless they are there.
func (f filter) block(mark string, rules func(c *nftables.Conn, t *nftables.Table, ch *nftables.Chain)) error {
	if there, err := f.blocked(mark); err != nil || there {
		return err
	}
	c, err := nftables.New()
	if err != nil {
		return explain("opening the packet filter", err)
	}
	t := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: tableName})
	priority := before
	ch := c.AddChain(&nftables.Chain{Name: chainName, Table: t, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput, Priority: &priority})
	rules(c, t, ch)
	return explain("adding a rule to the packet filter", c.Flush()) // all or nothing
}

// unblock removes every rule with the mark.
func (f filter) unblock(mark string) error {
	c, err := nftables.New()
	if err != nil {
		return explain("opening the packet filter", err)
	}
	rules, err := f.rules(c, mark)
	if err != nil || len(rules) == 0 {
		return err
	}
	for _, r := range rules {
		if err := c.DelRule(r); err != nil {
			return explain("removing a rule from the packet filter", err)
		}
	}
	return explain("removing a rule from the packet filter", c.Flush())
}

// blocked says whether rules with the mark are there.
func (f filter) blocked(mark string) (bool, error) {
	c, err := nftables.New()
	if err != nil {
		return false, explain("opening the packet filter", err)
	}
	rules, err := f.rules(c, mark)
	return len(rules) > 0, err
}

func (f filter) rules(c *nftables.Conn, mark string) ([]*nftables.Rule, error) {
	t := &nftables.Table{Family: nftables.TableFamilyINet, Name: tableName}
	all, err := c.GetRules(t, &nftables.Chain{Name: chainName, Table: t})
	if errors.Is(err, syscall.ENOENT) {
		return nil, nil // nothing was ever blocked
	}
	if err != nil {
		return nil, explain("reading the packet filter", err)
	}
	var out []*nftables.Rule
	for _, r := range all {
		if bytes.Equal(r.UserData, []byte(mark)) {
			r.Table = t
			out = append(out, r)
		}
	}
	return out, nil
}

// explain says what the library's short errors mean.
func explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%s: operation not permitted: this needs root", what)
	case errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EAFNOSUPPORT), errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%s: this kernel has no nftables (modprobe nf_tables): %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
