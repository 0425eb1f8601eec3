package node

import (
	"slices"
	"sync"
)

// troubles are lasting conditions of this node that status shows until they are over: a state directory
// that cannot be written, a reload that was refused.
type troubles struct {
	mu   sync.Mutex
	text map[string]string // by condition
}

// set shows a condition, or ends it when text is empty.
func (t *troubles) set(condition, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == nil {
		t.text = map[string]string{}
	}
	if text == "" {
		delete(t.text, condition)
		return
	}
	t.text[condition] = text
}

func (t *troubles) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, text := range t.text {
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}
