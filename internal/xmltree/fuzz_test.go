package xmltree

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// stricter are the reasons for which this package refuses what encoding/xml reads: the standard, or the part of it that is meant here.
var stricter = []string{
	"stands twice", "declarations of its own", "deeper than", "more than", "at the very beginning", "a document type behind",
	"unknown reference", // encoding/xml reads the numbers of surrogates
	"no character",      // encoding/xml does not look at what it skips
	"a document type without end", "no name of an instruction", "no blank before", "<! begins neither", "version", "encoding",
	"0x", // the same
}

// laxer marks documents that encoding/xml refuses for what is not looked at here: letters beyond ASCII in names, what directives say.
func laxer(doc []byte) bool {
	return bytes.Contains(doc, []byte("<!DOCTYPE")) || bytes.Contains(doc, []byte("<?")) || bytes.ContainsFunc(doc, func(r rune) bool { return r > 127 }) ||
		bytes.ContainsAny(doc, ":") // it takes names apart
}

func FuzzSameAsTheStandardLibrary(f *testing.F) {
	for _, s := range []string{
		`<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd"><a b="c" d='e"f'>t&amp;u<c/><!-- n --><![CDATA[x]]></a>`,
		"<a>\r\n<b x='&#65;&#x42;\n'/></a>", "<a><b></a></b>", "<a b='1' b='2'/>", "<a>]]></a>", "<a:b/>", "<a b = 'c' />", "<a/ >", "<é/>",
		"<a>a\rb</a>", "<a/><!-- end -->\n", "<a>&lt&gt;</a>", "<a\n>b</a\n>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := Parse(doc, Options{KeepSpace: true})
		want, wantErr := standard(doc)
		switch {
		case err != nil && wantErr == nil:
			for _, why := range stricter {
				if strings.Contains(err.Error(), why) {
					return
				}
			}
			t.Fatalf("%q is refused (%v), encoding/xml reads %s", doc, err, want)
		case err == nil && wantErr != nil:
			if !laxer(doc) {
				t.Fatalf("%q is read, encoding/xml refuses it: %v", doc, wantErr)
			}
			return
		case err != nil:
			return
		}
		// encoding/xml keeps white space of values as it is.
		if a, b := plain(got), plain(want); a != b {
			t.Fatalf("%q: %s, encoding/xml reads %s", doc, a, b)
		}
		again, err := Parse(got.Append(nil, ""), Options{KeepSpace: true})
		if err != nil || !Equal(again, got) {
			t.Fatalf("%q: written as %s, which reads as %v, %v", doc, got, again, err)
		}
	})
}

func plain(n *Node) string {
	return strings.NewReplacer("&#10;", " ", "&#9;", " ", "&#13;", " ").Replace(n.String())
}

// standard reads with encoding/xml, and checks what its raw tokens leave open.
func standard(doc []byte) (*Node, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\uFEFF"))))
	var root *Node
	var open []*Node
	add := func(n *Node) { open[len(open)-1].Add(n) }
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := New(joined(tok.Name))
			for _, a := range tok.Attr {
				n.Attrs = append(n.Attrs, Attr{joined(a.Name), a.Value})
			}
			if len(open) > 0 {
				add(n)
			} else if root != nil {
				return nil, io.ErrUnexpectedEOF
			} else {
				root = n
			}
			open = append(open, n)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].Name != joined(tok.Name) {
				return nil, io.ErrUnexpectedEOF
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				if strings.Trim(string(tok), " \t\r\n") != "" {
					return nil, io.ErrUnexpectedEOF
				}
				continue
			}
			if len(tok) == 0 {
				continue
			}
			if c := open[len(open)-1].Children; len(c) > 0 && c[len(c)-1].Kind == Text {
				c[len(c)-1].Text += string(tok)
				continue
			}
			add(&Node{Kind: Text, Text: string(tok)})
		}
	}
	if root == nil || len(open) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return root, nil
}

func joined(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}
