package applet

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"heartbeat/internal/conf"
)

// A keysJob is one call of heartbeat keys.
type keysJob struct {
	*call
	json, force bool
	method      string
	from        string
}

const keysHelp = `Changes the key with which the nodes sign (and encrypt) what they say, while the cluster runs. Every node verifies with
whatever key of its authkeys a packet names, so a change takes three steps, each on all nodes before the next:

  1. add     on one node: makes a new key. On the others: adds the same one, which "keys show" prints. A key must never
             cross the network as plain text: use ssh, or your configuration management.
  2. switch  on one node after the other: sign with it. It is refused while a live node lacks the key.
  3. remove  on one node after the other: forget the old key. It is refused while a live node still signs with it.

Each step changes authkeys of this node only, at once and as a whole, and puts it into force in the running node. The file
before the change is kept as authkeys.undo; "keys undo" brings it back.

C Heartbeat verifies with the key that it signs with itself, whatever a packet says. So with a C node alive a switch is
refused: change authkeys on all nodes at the same moment instead, or replace the C nodes first.

Nodes compare keys by identifiers that say nothing about the secrets.`

func keysCommand(c *call) *cobra.Command {
	j := &keysJob{call: c}
	cmd := &cobra.Command{
		Use: "keys", Short: "change the signing key while the cluster runs", Long: keysHelp,
		Example: `  heartbeat keys status
  heartbeat keys add                                          # on node1: makes key 2
  heartbeat keys show 2 | ssh node2 heartbeat keys add --from -
  heartbeat keys switch 2                                     # on every node
  heartbeat keys remove 1                                     # on every node`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return &wrongUsage{errors.New("say what to do with the keys: status, add, show, switch, remove or undo")}
		},
	}
	status := j.sub("status", "which keys the nodes have, and what is next", cobra.NoArgs, func(int) error { return j.status() })
	status.Long = "Lists the keys of authkeys with their identifiers (never the secrets), which nodes have them and which sign with them, and the next\nstep of a change that is under way. Needs the right to read authkeys.\n\nExit codes: 0 all live nodes sign with the same key and have the same keys, 1 they do not."
	status.Example = "  heartbeat keys status\n  heartbeat keys status --json | jq '.keys[] | select(.missing)'"
	add := j.sub("add [SLOT]", "add a key to authkeys; nobody signs with it yet", cobra.MaximumNArgs(1), j.add)
	add.Long = "Adds a new random key to authkeys of this node, or the one given with --from, and puts the file into force."
	add.Example = "  heartbeat keys add\n  heartbeat keys add 3 --method sha1\n  heartbeat keys show 2 | ssh node2 heartbeat keys add --from -"
	add.Flags().StringVar(&j.method, "method", "", "`METHOD` of a new key: sha1 or sha256 (default sha256, or sha1 unless every node is known to understand more)")
	add.Flags().StringVar(&j.from, "from", "", "read the key line from `FILE` (- is standard input) instead of making a key")
	show := j.sub("show SLOT", "print a key line, for another node", cobra.ExactArgs(1), j.show)
	show.Long = "Prints the line of authkeys with the secret in it. Give it to nobody but the other nodes."
	show.Example = "  heartbeat keys show 2 | ssh node2 heartbeat keys add --from -"
	swtch := j.sub("switch SLOT", "sign with another key", cobra.ExactArgs(1), j.switchTo)
	swtch.Long = "Makes this node sign with a key that authkeys has. Refused (exit code 2) while a live node does not have that key, or is C Heartbeat."
	swtch.Example = "  heartbeat keys switch 2"
	remove := j.sub("remove SLOT", "forget a key", cobra.ExactArgs(1), j.remove)
	remove.Long = "Takes a key out of authkeys of this node. Refused (exit code 2) while this or another live node signs with it."
	remove.Example = "  heartbeat keys remove 1"
	undo := j.sub("undo", "bring back the authkeys before the last change", cobra.NoArgs, func(int) error { return j.undo() })
	undo.Long = "Exchanges authkeys and authkeys.undo and puts the result into force, under the same conditions as a switch to the key that it signs with.\nA second undo does the change again."
	undo.Example = "  heartbeat keys undo"
	for _, s := range []*cobra.Command{swtch, remove, undo} {
		s.Flags().BoolVar(&j.force, "force", false, "do it although nodes may no longer understand each other, or nobody can be asked")
	}
	cmd.AddCommand(status, add, show, swtch, remove, undo)
	return cmd
}

// sub makes a subcommand; do gets its slot, -1 when none was given.
func (j *keysJob) sub(use, short string, args cobra.PositionalArgs, do func(slot int) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(_ *cobra.Command, args []string) error {
		slot := -1
		if len(args) == 1 {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 || n > 15 {
				return &wrongUsage{fmt.Errorf("%q is no key number from 0 to 15", args[0])}
			}
			slot = n
		}
		return do(slot)
	}}
	cmd.Flags().BoolVar(&j.json, "json", false, "print one JSON object")
	return cmd
}

func (j *keysJob) show(slot int) error {
	f, err := j.read()
	if err != nil {
		return err
	}
	k, ok := f.keys.Slot(slot)
	if !ok {
		return f.lacks(slot)
	}
	if j.json {
		return j.encode(map[string]any{"slot": k.Slot, "method": k.Method, "secret": k.Secret})
	}
	j.printf("%s", conf.KeyLine(k))
	return nil
}
