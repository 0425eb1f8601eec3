package node

import (
	"net/netip"

	"heartbeat/internal/media"
)

// maxSources bounds how many addresses are kept in words: those of a large cluster on several links, while a flood from forged ones
// takes no memory.
const maxSources = 1024

// sources are addresses in words, so that a heartbeat costs no memory. The zero value is ready.
type sources map[netip.Addr]string

// name says who sent a packet, for the log; a serial line has no address but its own.
func (s *sources) name(p media.Packet) string {
	if !p.Source.IsValid() {
		return p.Link
	}
	name, known := (*s)[p.Source]
	if known {
		return name
	}
	if *s == nil || len(*s) >= maxSources {
		*s = sources{}
	}
	name = p.Source.String()
	(*s)[p.Source] = name
	return name
}
