package plumb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

func TestFramesAreReadOneAfterTheOther(t *testing.T) {
	stream := bytes.NewReader(Append(Append(nil, []byte("one")), []byte("three")))
	for _, want := range []string{"one", "three"} {
		if got, err := Read(stream, 5); err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if _, err := Read(stream, 5); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
}

func TestForeignFramesAreRefused(t *testing.T) {
	header := func(length int32, mark uint32) []byte {
		return binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, uint32(length)), mark)
	}
	for what, data := range map[string][]byte{
		"another protocol": []byte("GET / HTTP/1.1\r\n"), "no body": header(0, magic), "negative": header(-1, magic),
		"too long": append(header(6, magic), "abcdef"...), "cut": append(header(5, magic), "abc"...), "half a header": header(1, magic)[:5],
	} {
		if body, err := Read(bytes.NewReader(data), 5); err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %q, %v", what, body, err)
		}
	}
}

func TestCharArraysKeepTheirNUL(t *testing.T) {
	field := []byte("garbage!")
	if !PutText(field, "heart") {
		t.Fatal("it fits")
	}
	if got, ok := Text(field); got != "heart" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if PutText(field, "eight888") || PutText(field, "a\x00b") {
		t.Error("what C could not read was written")
	}
	if _, ok := Text([]byte("eight888")); ok {
		t.Error("an array without NUL was taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(Append(nil, []byte("hello")))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := Read(bytes.NewReader(data), 1<<16)
		if err != nil {
			return
		}
		if again := Append(nil, body); !bytes.Equal(again, data[:len(again)]) {
			t.Errorf("%q is written as %q", data, again)
		}
	})
}
