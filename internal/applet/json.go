package applet

import "encoding/json"

// encode prints one JSON object on a line; what is in it is for programs, so < and & stay as they are.
func (c *call) encode(v any) error {
	e := json.NewEncoder(c.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
