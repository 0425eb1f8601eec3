package connectivity

// A Reason is by what one node is better connected than another.
type Reason uint8

const (
	No        Reason = iota // it is not, or nobody can tell
	ByCarrier               // the interface of the group's address
	ByPing                  // more ping nodes answer
)

// Better says whether peer is surely better connected for a group than own. Both nodes compute
// it alike, and at most one of them is ever better than the other.
func Better(group string, own, peer Report) Reason {
	mine, theirs := own.Service(group).Level, peer.Service(group).Level
	switch {
	case mine == Bad && theirs == Good:
		return ByCarrier
	case mine == Bad, theirs == Bad, theirs == Shaky, (mine == Unknown) != (theirs == Unknown):
		return No
	}
	if own.comparable(peer) && own.Ping.High < peer.Ping.Low {
		return ByPing
	}
	return No
}

// AtLeast says whether a group loses nothing when it goes from own to peer. It guards moves that are made
// for another reason, such as the way home, so what is unknown does not forbid them.
func AtLeast(group string, own, peer Report) bool {
	if l := peer.Service(group).Level; l == Bad || l == Shaky {
		return false
	}
	return !own.comparable(peer) || own.Ping.High <= peer.Ping.Low
}

// comparable says that both count the same ping nodes, as far as the numbers tell.
func (r Report) comparable(o Report) bool { return r.Ping.Total > 0 && r.Ping.Total == o.Ping.Total }
