package crmtool

import (
	"time"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

const (
	// usualWait is how long --wait waits without --timeout.
	usualWait = time.Hour
	// waitLooks is how often it looks again.
	waitLooks = 2 * time.Second
)

// wait waits until the document asks for nothing more, as whoever writes it goes on.
func (c *resourceCall) wait() Code {
	limit := usualWait
	if c.timeout > 0 {
		limit = c.timeout
	}
	end := time.NewTimer(limit)
	defer end.Stop()
	look := time.NewTicker(waitLooks)
	defer look.Stop()
	for {
		pending, err := c.pending()
		switch {
		case err != nil:
			return c.fail(Config, err.Error())
		case len(pending) == 0:
			return c.done(nil)
		}
		select {
		case <-c.Ctx.Done():
			return c.failed(Timeout, "interrupted while actions were pending")
		case <-end.C:
			return c.late(pending)
		case <-look.C:
		}
		doc, err := c.Document(c.file)
		if err != nil {
			return c.fail(DocumentCode(err), err.Error())
		}
		c.doc = doc
	}
}

// late tells what was not done in time.
func (c *resourceCall) late(pending []string) Code {
	text := "Error performing operation: " + Timeout.String()
	if c.o.As == "xml" {
		return c.PrintResult(Timeout, nil, append(append([]string{"Pending actions:"}, pending...), c.Prog+": "+text)...)
	}
	if !c.quiet {
		c.printf("Pending actions:\n")
		for _, p := range pending {
			c.printf("\t%s\n", p)
		}
	}
	c.complain("%s: %s\n", c.Prog, text)
	return Timeout
}

// pending are the actions that the document asks for.
func (c *resourceCall) pending() (out []string, err error) {
	r, err := decided(c.doc.Root(), scheduler.Schedule)
	if err != nil {
		return nil, err
	}
	for set := range r.Graph().Elements("synapse") {
		actions := set.First("action_set")
		if actions == nil {
			continue
		}
		for a := range actions.Elements("") {
			if a.Name != "pseudo_event" && a.Get("operation") != "notify" {
				out = append(out, describeAction(a))
			}
		}
	}
	return out, nil
}

func describeAction(a *xmltree.Node) string {
	key := a.Get("operation_key")
	if key == "" {
		key = a.Get("operation")
	}
	text := "Action " + a.Get("id") + ": " + key
	if node := a.Get("on_node"); node != "" {
		text += "\ton " + node
	}
	return text
}
