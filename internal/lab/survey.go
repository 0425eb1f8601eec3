package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/vnet"
)

// Survey is one look at a whole lab; its JSON form is that of `heartbeat lab status --json`.
type Survey struct {
	Dir    string       `json:"dir"`
	Nodes  []NodeSurvey `json:"nodes"`
	Owners []string     `json:"owners"` // nodes that carry the service address
	Answer string       `json:"answer"` // node that answers the client at the service address; empty: nobody
}

// NodeSurvey is one node.
type NodeSurvey struct {
	Name      string       `json:"name"`
	Power     string       `json:"power"`     // on, off, frozen
	Heartbeat string       `json:"heartbeat"` // init, up, active; stopped; silent
	Resources string       `json:"resources,omitempty"`
	Links     []LinkSurvey `json:"links"`
	Addresses []string     `json:"addresses"`
}

// LinkSurvey is one link of a node.
type LinkSurvey struct {
	Name string   `json:"name"`
	Cut  vnet.Cut `json:"cut"` // empty: whole
}

// surveyPatience bounds the look at one daemon: a frozen one never answers.
const surveyPatience = 300 * time.Millisecond

// survey looks at everything. What cannot be seen is left empty.
func (l *Lab) survey(ctx context.Context) Survey {
	s := l.glance(ctx)
	if len(s.Owners) > 0 {
		s.Answer = l.whoAnswers(ctx)
	}
	return s
}

// glance is survey without asking the service.
func (l *Lab) glance(ctx context.Context) Survey {
	s := Survey{Dir: l.Dir()}
	states, err := l.States()
	if err != nil {
		return s
	}
	var wg sync.WaitGroup
	s.Nodes = make([]NodeSurvey, len(l.Nodes))
	i := 0
	for _, st := range states {
		if st.Machine == ClientName {
			continue
		}
		n := &s.Nodes[i]
		i++
		wg.Go(func() { l.look(ctx, n, st) })
	}
	wg.Wait()
	for _, n := range s.Nodes {
		for _, a := range n.Addresses {
			if strings.HasPrefix(a, ServiceAddr+"/") {
				s.Owners = append(s.Owners, n.Name)
			}
		}
	}
	return s
}

func (l *Lab) look(ctx context.Context, n *NodeSurvey, st vnet.State) {
	*n = NodeSurvey{Name: st.Machine, Power: st.Power, Heartbeat: "stopped"}
	for i, cut := range st.Cuts {
		n.Links = append(n.Links, LinkSurvey{fmt.Sprintf("eth%d", i), cut})
	}
	if st.Power == "off" {
		return
	}
	if addrs, err := l.Addrs(st.Machine); err == nil {
		for _, a := range addrs {
			if a.Prefix.Addr().Is4() {
				n.Addresses = append(n.Addresses, a.Prefix.String())
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, surveyPatience)
	defer cancel()
	status, err := l.Status(ctx, st.Machine)
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
		return
	}
	if err != nil {
		n.Heartbeat = "silent"
		return
	}
	n.Heartbeat, n.Resources = status.Local, status.Resources
}

// whoAnswers asks the service once, from the client.
func (l *Lab) whoAnswers(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := l.Watch(Target{Proto: "http", Addr: ServiceAddr, Timeout: time.Second, Every: time.Second})
	if err != nil {
		return ""
	}
	defer c.Stop()
	answers, err := c.WaitAny(ctx)
	if err != nil {
		return ""
	}
	return answers.Node
}

func statusCommand(at func() string) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "show the machines, the links and who answers the client", Args: cobra.NoArgs,
		Example: "  heartbeat lab status\n  heartbeat lab status --json | jq .owners",
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := Open(at(), quiet{})
			if err != nil {
				return err
			}
			s := l.survey(cmd.Context())
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), s)
			}
			printStatus(cmd.OutOrStdout(), s)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func printStatus(w io.Writer, s Survey) {
	fmt.Fprintf(w, "lab in %s\n", s.Dir)
	for _, n := range s.Nodes {
		links := make([]string, len(n.Links))
		for i, l := range n.Links {
			links[i] = l.Name + " " + cutWord(l.Cut)
		}
		serves := ""
		for _, o := range s.Owners {
			if o == n.Name {
				serves = "   has " + ServiceAddr
			}
		}
		fmt.Fprintf(w, "  %-8s %-7s heartbeat %-8s %s%s\n", n.Name, n.Power, n.Heartbeat, strings.Join(links, ", "), serves)
	}
	answer := s.Answer
	if answer == "" {
		answer = "nobody"
	}
	fmt.Fprintf(w, "  client   asks http://%s/ and is answered by %s\n", ServiceAddr, answer)
}

// cutWord names the state of a link for people.
func cutWord(c vnet.Cut) string {
	switch c {
	case vnet.Whole:
		return "ok"
	case vnet.Unplugged:
		return "UNPLUGGED"
	case vnet.Mute:
		return "MUTE"
	case vnet.Deaf:
		return "HEARS NOTHING"
	case vnet.Dumb:
		return "SENDS NOTHING"
	}
	if percent, ok := c.Loss(); ok {
		return fmt.Sprintf("LOSES %d%%", percent)
	}
	return string(c)
}
