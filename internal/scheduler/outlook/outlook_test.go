package outlook

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

const two = `<cib validate-with="pacemaker-3.0" have-quorum="1" execution-date="1700000000"><configuration>
<crm_config><cluster_property_set id="p"><nvpair id="p1" name="stonith-enabled" value="false"/><nvpair id="p2" name="no-quorum-policy" value="ignore"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
<resources><group id="web"><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/><primitive id="httpd" class="ocf" provider="heartbeat" type="apache">
<operations><op id="m" name="monitor" interval="10s"/></operations></primitive></group></resources>
<constraints><rsc_location id="home" rsc="web" node="n1" score="100"/></constraints></configuration>
<status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/>
<node_state id="2" uname="n2" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>`

func document(t *testing.T, text string) *xmltree.Node {
	t.Helper()
	root, err := xmltree.Parse([]byte(text), xmltree.Options{})
	if err == nil {
		root, _, err = cib.Upgrade(root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// running is the document after the cluster has come to rest.
func running(t *testing.T, root *xmltree.Node) *xmltree.Node {
	t.Helper()
	for range rounds {
		r := scheduler.Schedule(root, instant(1700000000), scheduler.Options{Sanitized: true})
		if len(r.Steps()) == 0 {
			return root
		}
		run := simulate.Run{Root: simulate.Copy(root), Known: r, Now: 1700000000}
		run.Execute(r.Graph())
		root = run.Root
	}
	t.Fatal("the cluster does not come to rest")
	return nil
}

func row(t *testing.T, p Plan, id string) Row {
	t.Helper()
	i := slices.IndexFunc(p.Rows, func(r Row) bool { return r.Resource == id })
	if i < 0 {
		t.Fatalf("there is no row for %s", id)
	}
	return p.Rows[i]
}

func TestAStandbyMovesTheGroupInOrder(t *testing.T) {
	root := running(t, document(t, two))
	was := string(root.Append(nil, ""))
	p, err := Foresee(root, Change{Standby: []string{"n1"}}, 1700000000)
	if err != nil {
		t.Fatal(err)
	}
	if string(root.Append(nil, "")) != was {
		t.Error("the document was changed")
	}
	ip, httpd := row(t, p, "ip"), row(t, p, "httpd")
	if ip.Before[0].Node != "n1" || ip.After[0].Node != "n2" || !p.Settled {
		t.Errorf("ip goes from %v to %v, settled %v", ip.Before, ip.After, p.Settled)
	}
	// httpd stops first and starts last: four steps; the address is away in the two between.
	if o := httpd.Outage; len(o) != 1 || o[0].Steps() != 4 {
		t.Errorf("httpd is away %+v", o)
	}
	if o := ip.Outage; len(o) != 1 || o[0].Steps() != 2 {
		t.Errorf("ip is away %+v", o)
	}
	for _, s := range p.Steps {
		if s.Kind != scheduler.StepPseudo && s.Reason == "" {
			t.Errorf("%s has no reason", scheduler.StepText(s))
		}
	}
}

func TestALostNodeIsAwayFromTheBeginning(t *testing.T) {
	p, err := Foresee(running(t, document(t, two)), Change{Injections: simulate.Injections{NodesDown: []string{"n1"}}}, 1700000000)
	if err != nil {
		t.Fatal(err)
	}
	if o := row(t, p, "httpd").Outage; len(o) != 1 || o[0].From != 1 || o[0].To != 2 {
		t.Errorf("httpd is away %+v", o)
	}
}

func TestNothingHappensWithoutAChange(t *testing.T) {
	p, err := Foresee(running(t, document(t, two)), Change{}, 1700000000)
	if err != nil || len(p.Steps) != 0 || !p.Settled {
		t.Errorf("%d steps, %v", len(p.Steps), err)
	}
}

func TestAnEditedDocumentKeepsTheStatus(t *testing.T) {
	edited := document(t, strings.Replace(two, `node="n1" score="100"`, `node="n2" score="100"`, 1))
	edited.Children = slices.DeleteFunc(edited.Children, func(n *xmltree.Node) bool { return n.Name == "status" })
	p, err := Foresee(running(t, document(t, two)), Change{Edited: edited}, 1700000000)
	if err != nil {
		t.Fatal(err)
	}
	if r := row(t, p, "httpd"); r.Before[0].Node != "n1" || r.After[0].Node != "n2" {
		t.Errorf("from %v to %v", r.Before, r.After)
	}
}

func TestUnknownNamesAreErrorsThatListTheOthers(t *testing.T) {
	for _, ch := range []Change{{Standby: []string{"n3"}}, {Stop: []string{"db"}}, {Moves: []string{"web"}}, {Moves: []string{"web:n3"}}} {
		if _, err := Foresee(document(t, two), ch, 0); err == nil || !strings.Contains(err.Error(), "has") && !strings.Contains(err.Error(), "write") {
			t.Errorf("%+v: %v", ch, err)
		}
	}
}

// overlaps says whether two boxes lie on each other.
func overlaps(a, b *box) bool {
	return a.x < b.right() && b.x < a.right() && a.y < b.y+b.h && b.y < a.y+a.h
}

// TestPictures draws what every case at hand would do, and checks that the picture can be read: valid XML, no box on another one, every arrow goes to the right.
func TestPictures(t *testing.T) {
	names, err := filepath.Glob("../testdata/cases/xml/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	more, err := filepath.Glob("../../../../shared/scheduler/cases/xml/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, more...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 100_000 {
			continue
		}
		root := document(t, string(text))
		now, ok := cib.Integer(root.Get("execution-date"))
		if !ok {
			now = 1_780_000_000
		}
		r := scheduler.Schedule(root, instant(now), scheduler.Options{Sanitized: true})
		p := Plan{}
		p.append(r.Steps())
		check(t, name, &p)
	}
}

func check(t *testing.T, name string, p *Plan) {
	t.Helper()
	svg := p.SVG()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: the picture is no XML: %v", name, err)
		}
	}
	drawn := p.draw()
	if drawn == nil {
		return
	}
	for i, a := range drawn.boxes {
		if a.gone {
			continue
		}
		for _, b := range drawn.boxes[i+1:] {
			if !b.gone && overlaps(a, b) {
				t.Errorf("%s: %s lies on %s", name, a.title, b.title)
			}
		}
		for k := range a.after {
			if from := drawn.boxes[k]; from.gone || from.right() >= a.x {
				t.Errorf("%s: an arrow from %s to %s does not go to the right", name, from.title, a.title)
			}
		}
	}
	// Two nets never run along each other on one track.
	at := map[[2]int]map[int][][2]int{}
	for _, w := range drawn.wires {
		points := drawn.points(w)
		for i := 1; i < len(points); i++ {
			if a, b := points[i-1], points[i]; a[0] == b[0] && a[1] != b[1] {
				key := [2]int{a[0], 0}
				if at[key] == nil {
					at[key] = map[int][][2]int{}
				}
				at[key][w.net] = append(at[key][w.net], [2]int{min(a[1], b[1]), max(a[1], b[1])})
			}
		}
	}
	for key, nets := range at {
		for n, spans := range nets {
			for m, others := range nets {
				for _, s := range spans {
					for _, o := range others {
						if n < m && s[0] < o[1] && o[0] < s[1] {
							t.Errorf("%s: two arrows run along each other at x=%d", name, key[0])
						}
					}
				}
			}
		}
	}
}
