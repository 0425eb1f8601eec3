package xmltree

import "strings"

// comment reads <!-- … -->.
func (p *parser) comment(rest string) error {
	end := strings.Index(rest[4:], "--")
	if end < 0 {
		return p.fail("a comment without end")
	}
	body := rest[4 : 4+end]
	if len(rest) < end+7 || rest[end+6] != '>' {
		return p.fail("-- inside a comment")
	}
	if err := p.clean(body); err != nil {
		return err
	}
	line := p.line
	p.line += strings.Count(body, "\n")
	p.pos += end + 7
	if p.o.KeepComments && len(p.open) > 0 {
		n := p.store.node()
		n.Kind, n.Text, n.Line = Comment, body, int32(line)
		p.pile = append(p.pile, n)
	}
	return nil
}

// cdata reads <![CDATA[ … ]]>, which is text.
func (p *parser) cdata(rest string) error {
	const begin = len("<![CDATA[")
	if len(p.open) == 0 {
		return p.fail("CDATA outside the root element")
	}
	end := strings.Index(rest[begin:], "]]>")
	if end < 0 {
		return p.fail("CDATA without end")
	}
	body, line := rest[begin:begin+end], p.line
	if err := p.clean(body); err != nil {
		return err
	}
	p.line += strings.Count(body, "\n")
	p.pos += begin + end + 3
	if body == "" {
		return nil
	}
	if strings.Contains(body, "\r") {
		body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	}
	p.join(body, line)
	return nil
}

// instruction skips <? … ?>. Of the XML declaration only the encoding matters: everything else is not UTF-8.
func (p *parser) instruction(rest string) error {
	end := strings.Index(rest, "?>")
	if end < 2 {
		return p.fail("<? without ?>")
	}
	start, body := p.pos, rest[2:end]
	if err := p.clean(body); err != nil {
		return err
	}
	p.pos += 2
	target, err := p.name("an instruction")
	if err != nil {
		return err
	}
	if strings.EqualFold(target, "xml") {
		switch enc := strings.ToLower(pseudo(body, "encoding")); {
		case target != "xml" || start != 0:
			return p.fail("<?%s …?> stands at the very beginning of a document only", target)
		case pseudo(body, "version") != "1.0":
			return p.fail("XML version %q: only 1.0 is understood", pseudo(body, "version"))
		case enc != "" && enc != "utf-8" && enc != "us-ascii":
			return p.fail("encoding %q: only UTF-8 is understood", enc)
		}
	}
	p.line += strings.Count(body, "\n")
	p.pos = start + end + 2
	return nil
}

// pseudo is the value of name="…" in a declaration.
func pseudo(body, name string) string {
	for {
		i := strings.Index(body, name)
		if i < 0 {
			return ""
		}
		after := strings.TrimLeft(body[i+len(name):], " \t\r\n")
		body = body[i+len(name):]
		value, ok := strings.CutPrefix(after, "=")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, " \t\r\n")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			continue
		}
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : 1+end]
		}
	}
}

// doctype skips <!DOCTYPE …>. One that declares something itself is refused: nobody in the field needs it, and entities
// of a document's own making are the classic way to make a reader run out of memory.
func (p *parser) doctype(rest string) error {
	if p.root != nil || len(p.open) > 0 {
		return p.fail("a document type behind the beginning of the root element")
	}
	quote := byte(0)
	for i := len("<!DOCTYPE"); i < len(rest); i++ {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '[', c == '<':
			return p.fail("a document type with declarations of its own: such documents are not read")
		case c == '>':
			if err := p.clean(rest[:i]); err != nil {
				return err
			}
			p.line += strings.Count(rest[:i], "\n")
			p.pos += i + 1
			return nil
		}
	}
	return p.fail("a document type without end")
}
