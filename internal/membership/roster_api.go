package membership

// What an administrator wants of the list of nodes.
type (
	// RosterAsked is an administrator's wish to change the list of nodes or what it says about one. It ends in RosterAnswered.
	RosterAsked struct {
		ID    uint64
		Verb  string   // addnode, delnode, setweight, setsite: also the type of the message that tells the peers
		Nodes []string // one for setweight and setsite
		Value string   // weight or site
	}
)

// What becomes of the list of nodes.
type (
	// NodeAdded says that a node belongs to the cluster from now on.
	NodeAdded struct{ Node string }
	// NodeRemoved says that a node no longer belongs to the cluster. Deleted: it must not come back by itself.
	NodeRemoved struct {
		Node    string
		Deleted bool
	}
	// RosterChanged gives the content of the host cache and of its list of deleted nodes, to be stored.
	RosterChanged struct{ Members, Deleted []Member }
	// RosterAnswered ends a RosterAsked.
	RosterAnswered struct {
		ID      uint64
		Refused bool
		Text    string // what was done, or why not and what to do instead
	}
	// Expelled says that the other nodes deleted this one from the cluster: it has to stop.
	Expelled struct{ By string }
)

func (RosterAsked) isEvent()     {}
func (NodeAdded) isEffect()      {}
func (NodeRemoved) isEffect()    {}
func (RosterChanged) isEffect()  {}
func (RosterAnswered) isEffect() {}
func (Expelled) isEffect()       {}
