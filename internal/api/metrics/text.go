package metrics

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/node"
)

// A sample is one line of a family: the values of its labels, in the order of the labels' names, and its own.
type sample struct {
	labels []string
	value  float64
}

// append writes a family in the text format 0.0.4 of Prometheus: what it is, then its samples in the order of their labels. A family without
// samples is not told of. Two samples may not have the same labels, a scrape with such a pair is thrown away whole; so the first stands.
func (f *family) append(b []byte, st *node.Status) []byte {
	names, samples := f.samples(st)
	if len(samples) == 0 {
		return b
	}
	b = append(b, "# HELP "+prefix+f.name+" "+helpEscapes.Replace(f.help)+"\n# TYPE "+prefix+f.name+" "+string(f.kind)+"\n"...)
	for i, s := range samples {
		if i > 0 && slices.Equal(s.labels, samples[i-1].labels) {
			continue
		}
		b = append(b, prefix+f.name...)
		for j, name := range names {
			b = append(b, "{,"[min(j, 1)])
			b = append(b, name+`="`+labelEscapes.Replace(s.labels[j])+`"`...)
		}
		if len(names) > 0 {
			b = append(b, '}')
		}
		b = append(b, ' ')
		b = strconv.AppendFloat(b, s.value, 'g', -1, 64)
		b = append(b, '\n')
	}
	return b
}

// samples reads a family, both labels and samples in order. What is not UTF-8 in a value, the format does not allow.
func (f *family) samples(st *node.Status) (names []string, list []sample) {
	names = slices.Sorted(slices.Values(f.labels))
	f.read(st, func(value float64, given ...string) {
		s := sample{labels: make([]string, len(names)), value: value}
		for i, text := range given {
			at, _ := slices.BinarySearch(names, f.labels[i])
			s.labels[at] = strings.ToValidUTF8(text, "\uFFFD")
		}
		list = append(list, s)
	})
	slices.SortStableFunc(list, func(x, y sample) int { return slices.Compare(x.labels, y.labels) })
	return names, list
}

// What the format writes otherwise, in explanations and in values of labels.
var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
