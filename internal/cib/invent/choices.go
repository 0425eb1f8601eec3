package invent

// Choices are where everything that could be otherwise comes from: bytes first, while there are some, then a fixed sequence of numbers.
type Choices struct {
	bytes []byte
	state uint64
}

// Seeded gives the choices of a seed. Seeds beside each other have nothing in common.
func Seeded(seed uint64) *Choices { return &Choices{state: mix(seed)} }

// FromBytes lets each byte be one choice; when they are used up, the choices are those of one seed. A change of one byte is so, most times, a
// change of one thing, which is what a fuzzer can make use of.
func FromBytes(b []byte) *Choices { return &Choices{bytes: b} }

// n is one of 0 to below.
func (c *Choices) n(below int) int {
	if len(c.bytes) > 0 {
		b := c.bytes[0]
		c.bytes = c.bytes[1:]
		return int(b) % below
	}
	c.state += 0x9e3779b97f4a7c15
	return int(mix(c.state) >> 1 % uint64(below))
}

// mix is the end of splitmix64: the same everywhere and for ever.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// chance is true in so many of 100.
func (c *Choices) chance(percent int) bool { return c.n(100) < percent }

func pick[T any](c *Choices, list ...T) T { return list[c.n(len(list))] }
