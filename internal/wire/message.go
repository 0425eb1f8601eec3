package wire

// Type is the type of a field as it stands on the wire (messaging spec, section 4.1).
type Type uint8

const (
	String     Type = 0 // bytes without NUL
	Binary     Type = 1 // any bytes
	Struct     Type = 2 // a nested message
	List       Type = 3 // a list of byte strings
	Compressed Type = 4 // compressed encoding of a nested message
	ToCompress Type = 5 // sender side only: becomes Compressed when encoded
)

// A Field is one name with its value.
type Field struct {
	Name   string
	Type   Type
	Value  string   // String, Binary, Compressed: the raw bytes
	Struct *Message // Struct, ToCompress
	List   []string // List
}

// A Message is an ordered list of fields. Order is kept by every hop and is
// covered by the digest. Look-up takes the first field of a name.
type Message struct {
	Fields []Field
}

// New makes a message of string fields from name, value pairs.
// An odd number of arguments is a bug of the caller and panics.
func New(pairs ...string) *Message {
	if len(pairs)%2 != 0 {
		panic("wire.New: odd number of arguments")
	}
	m := &Message{Fields: make([]Field, 0, len(pairs)/2+10)}
	for i := 0; i < len(pairs); i += 2 {
		m.Fields = append(m.Fields, Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return m
}

// Lookup returns the value of the first field called name.
func (m *Message) Lookup(name string) (value string, ok bool) {
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			return m.Fields[i].Value, true
		}
	}
	return "", false
}

// Get is Lookup for callers to whom absent and empty are the same.
func (m *Message) Get(name string) string {
	v, _ := m.Lookup(name)
	return v
}

// Set replaces the first field called name, at its place and with type t, or appends it.
func (m *Message) Set(name string, t Type, value string) {
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			m.Fields[i] = Field{Name: name, Type: t, Value: value}
			return
		}
	}
	m.Fields = append(m.Fields, Field{Name: name, Type: t, Value: value})
}

// Clone returns a deep copy.
func (m *Message) Clone() *Message {
	c := &Message{Fields: make([]Field, len(m.Fields), len(m.Fields)+10)}
	for i, f := range m.Fields {
		if f.Struct != nil {
			f.Struct = f.Struct.Clone()
		}
		f.List = append([]string(nil), f.List...)
		c.Fields[i] = f
	}
	return c
}

// Kind is the message type, its "t" field.
func (m *Message) Kind() string { return m.Get("t") }
