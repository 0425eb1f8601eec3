package metrics

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"heartbeat/internal/node"
)

// judged reads a text as Prometheus does, and fails unless Prometheus' own library would have written the same, byte for byte.
func judged(t *testing.T, got []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("Prometheus does not read it: %v\n%s", err, got)
	}
	var want bytes.Buffer
	encoder := expfmt.NewEncoder(&want, contentType)
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if err := encoder.Encode(families[name]); err != nil {
			t.Fatal(err)
		}
	}
	if want.String() != string(got) {
		t.Errorf("Prometheus' library writes otherwise:\n%s\nnot:\n%s", want.String(), got)
	}
	return families
}

func TestPrometheusWouldWriteTheSame(t *testing.T) {
	for name, st := range map[string]*node.Status{"a node": someStatus(), "no node": nil, "an empty status": {}} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, st); err != nil {
				t.Fatal(err)
			}
			if n := len(judged(t, b.Bytes())); n == 0 || st == nil && n != 1 {
				t.Errorf("%d families", n)
			}
		})
	}
}

func TestSamplesStandInTheOrderOfTheirLabelsAndOnce(t *testing.T) {
	f := family{"f", "Of \\ and\n\"so\" on.", counter, []string{"z", "a"}, func(_ *node.Status, give emit) {
		give(2, "1", "b")
		give(math.Inf(1), "2", "a")
		give(1.5e300, "1", "a")
		give(7, "1", "b") // as before: what came first stands
		give(math.NaN(), "", "a")
	}}
	got := f.append(nil, nil)
	judged(t, got)
	want := `# HELP heartbeat_f Of \\ and\n"so" on.
# TYPE heartbeat_f counter
heartbeat_f{a="a",z=""} NaN
heartbeat_f{a="a",z="1"} 1.5e+300
heartbeat_f{a="a",z="2"} +Inf
heartbeat_f{a="b",z="1"} 2
`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	silent := family{"f", "Nothing.", gauge, nil, func(*node.Status, emit) {}}
	if got := silent.append(nil, nil); len(got) != 0 {
		t.Errorf("a family without samples is told: %s", got)
	}
}

// Names of nodes, links and resources come from files of people.
func FuzzTextOfALabelSurvives(f *testing.F) {
	for _, s := range []string{"", "node1", `a"b\c`, "line\nfeed", `\n`, "é\xff\x00", "} 1\n# EOF"} {
		f.Add(s, 1.0)
	}
	f.Fuzz(func(t *testing.T, s string, v float64) {
		one := family{"f", "Help.", gauge, []string{"label"}, func(_ *node.Status, give emit) { give(v, s) }}
		m := judged(t, one.append(nil, nil))["heartbeat_f"].GetMetric()
		if len(m) != 1 || m[0].GetLabel()[0].GetValue() != strings.ToValidUTF8(s, "\uFFFD") {
			t.Errorf("%q became %v", s, m)
		}
		if got := m[0].GetGauge().GetValue(); got != v && !math.IsNaN(v) {
			t.Errorf("%v became %v", v, got)
		}
	})
}

func TestAnswerIsCompressedForThoseWhoWantThat(t *testing.T) {
	h := Handler(someStatus)
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "GZIP ; Q=0.5": true, "deflate, gzip;q=1.0, *;q=0.5": true, "*": true, "gzip;q=0, *": false, "*, gzip;q=0.000": false,
		"identity": false, "gzip;q=much": false, "br;q=1.0": false, "*;q=0": false, "zstd,x-gzip": true,
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var body io.Reader = w.Body
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding: %s: compressed %v", accept, got)
			continue
		}
		if want {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, text(someStatus())) || expfmt.ResponseFormat(w.Header()).FormatType() != expfmt.TypeTextPlain {
			t.Errorf("Accept-Encoding: %s: %v, %v, %s", accept, err, w.Header(), got)
		}
	}
}
