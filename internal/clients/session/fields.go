package session

// Names and words of the client API (messaging spec, sections 6, 11 and 17).
const (
	kindRequest  = "hbapi-req"
	kindResponse = "hbapi-resp"
	kindClient   = "hbapi-clstat"
	kindQuery    = "query-cstatus"
	kindAnswer   = "respond-cstatus"

	fieldType    = "t"
	fieldRequest = "reqtype"
	fieldResult  = "result"
	fieldInfo    = "info"
	fieldFrom    = "from_id"
	fieldTo      = "to_id"
	fieldGen     = "client_gen"
	fieldNode    = "node"
	fieldStatus  = "st"
	fieldDest    = "dest"
	fieldSource  = "src"
	fieldClient  = "cn"
	fieldState   = "cs"

	resultOK   = "OK"
	resultMore = "ok/more"
	resultBad  = "badreq"

	offline = "offline"

	// Online is the state of a program that is signed on.
	Online = "online"
)

// Filter is the set of messages that a client sees (section 17.4).
type Filter uint32

const (
	Keep      Filter = 1 << iota // normal events of the cluster
	NoChange                     // heartbeats that say nothing new
	Dropped                      // messages for others, or refused ones
	Duplicate                    // copies from other links
	Calls                        // requests of clients
	Protocol                     // the messaging layer's own messages (NS_*)

	allFilters = Keep | watched
	watched    = NoChange | Dropped | Duplicate | Calls | Protocol // only for root
)
