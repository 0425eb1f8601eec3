package cib

// Pairs are names with values, few enough that looking through them is faster than a map. The order is that of setting.
type Pairs []Pair

// A Pair is a name and its value.
type Pair struct{ Name, Value string }

// Lookup returns a value and whether there is one.
func (p Pairs) Lookup(name string) (string, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return "", false
}

// Get returns a value, empty without one.
func (p Pairs) Get(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// Has says whether there is such a name.
func (p Pairs) Has(name string) bool {
	_, ok := p.Lookup(name)
	return ok
}

// Set gives a name a value.
func (p *Pairs) Set(name, value string) {
	for i := range *p {
		if (*p)[i].Name == name {
			(*p)[i].Value = value
			return
		}
	}
	*p = append(*p, Pair{name, value})
}

// Default sets a name that has no value yet.
func (p *Pairs) Default(name, value string) {
	if !p.Has(name) {
		*p = append(*p, Pair{name, value})
	}
}

// Delete takes a name away.
func (p *Pairs) Delete(name string) {
	for i := range *p {
		if (*p)[i].Name == name {
			*p = append((*p)[:i], (*p)[i+1:]...)
			return
		}
	}
}
