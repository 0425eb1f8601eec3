package session

import (
	"strconv"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// received takes whatever a client says.
func (c *Core) received(ev Received) {
	cl := c.byID(ev.ID)
	if cl == nil {
		return // it was sent away while this was on its way
	}
	c.show(ev.Message, Calls)
	switch {
	case !cl.signedOn():
		c.signOn(cl, ev.Message)
	case ev.Message.Kind() == kindRequest:
		c.request(cl, ev.Message)
	default:
		c.speak(cl, ev.Message)
	}
}

// response begins the answer to a request.
func response(request string) *wire.Message {
	return wire.New(fieldType, kindResponse, fieldRequest, request)
}

// A handler answers one kind of request: it completes the answer, or returns why the request is bad. A nil
// answer means that nothing is to be sent now.
type handler func(c *Core, cl *client, req, answer *wire.Message) (*wire.Message, string)

// einval is C's word for a request about something that does not exist.
const einval = "EINVAL"

// handlerOf finds who answers a kind of request (section 17.3).
func handlerOf(request string) handler {
	switch request {
	case "signoff":
		return (*Core).signOff
	case "setfilter":
		return (*Core).setFilter
	case "setsignal":
		return (*Core).setSignal
	case "set_sendqlen":
		return (*Core).setQueue
	case "nodelist":
		return (*Core).nodeList
	case "iflist":
		return (*Core).linkList
	case "ifstatus":
		return (*Core).linkStatus
	case "nodestatus", "nodeweight", "nodesite", "nodetype":
		return (*Core).aboutNode
	case "numnodes":
		return (*Core).nodeCount
	case "clientstatus":
		return (*Core).askClient
	case "getparm":
		return (*Core).parameter
	case "getrsc":
		return (*Core).resources
	case "getuuid":
		return (*Core).uuidOf
	case "getnodename":
		return (*Core).nameOf
	}
	return nil
}

func (c *Core) request(cl *client, req *wire.Message) {
	kind := req.Get(fieldRequest)
	if req.Get(fieldFrom) != cl.name && req.Get("pid") != strconv.Itoa(cl.peer.PID) {
		c.record(event.ClientRefused, cl.name, "client "+cl.name+" asks in the name of "+clip(req.Get(fieldFrom))+"; it gets no answer")
		return
	}
	answer, bad := response(kind), ""
	if h := handlerOf(kind); h != nil {
		answer, bad = h(c, cl, req, answer)
	} else {
		bad = "unknown request"
	}
	switch {
	case bad != "":
		answer = response(kind)
		answer.Set(fieldResult, wire.String, resultBad)
		if bad != "unknown request" {
			answer.Set(fieldInfo, wire.String, bad)
		}
		c.tell(cl, answer)
	case answer != nil:
		c.reply(cl, answer)
	}
}

func (c *Core) signOff(cl *client, _, _ *wire.Message) (*wire.Message, string) {
	if !cl.casual {
		c.tell(cl, c.clientStatus(cl, "leave", "signoff"))
	}
	c.forget(cl, "signoff")
	return nil, ""
}

func (c *Core) setFilter(cl *client, req, answer *wire.Message) (*wire.Message, string) {
	n, ok := req.Hex("fmask")
	mask := Filter(n) & allFilters
	switch {
	case !ok || mask == 0:
		return nil, einval
	case mask&watched != 0 && cl.filter&watched == 0 && cl.peer.UID != 0 && cl.peer.UID != c.cfg.UID:
		return nil, "EPERM"
	}
	cl.filter = mask
	return answer, ""
}

// setSignal refuses signals that cannot be caught, as C does; 0 is none.
func (c *Core) setSignal(cl *client, req, answer *wire.Message) (*wire.Message, string) {
	const kill, stop = 9, 19
	n, err := strconv.Atoi(req.Get("signal"))
	if err != nil || n < 0 || n == kill || n == stop || n >= 32 {
		return nil, einval
	}
	cl.signal = n
	return answer, ""
}

// maxQueue bounds what a client may make us keep for it.
const maxQueue = 8192

func (c *Core) setQueue(cl *client, req, _ *wire.Message) (*wire.Message, string) {
	if n, err := strconv.Atoi(req.Get("sendqlen")); err == nil && n > 0 {
		c.emit(LimitQueue{cl.id, min(n, maxQueue)})
	}
	return nil, "" // C answers nothing to this one
}

func (c *Core) parameter(_ *client, req, answer *wire.Message) (*wire.Message, string) {
	name, ok := req.Lookup("pname")
	if !ok {
		return nil, einval
	}
	if name == "crm" { // the old name
		name = "pacemaker"
	}
	if v, ok := c.cfg.Parameters[name]; ok {
		answer.Set("pvalue", wire.String, v)
	}
	return answer, ""
}

func (c *Core) resources(cl *client, _, _ *wire.Message) (*wire.Message, string) {
	if !c.cfg.Managed {
		return nil, "Resource is managed by crm. Use crm tool to query resource"
	}
	c.emit(AskResources{cl.id})
	return nil, ""
}

// askClient tells whether a program is signed on at a node. About another node the answer comes later, from there, as respond-cstatus.
func (c *Core) askClient(cl *client, req, answer *wire.Message) (*wire.Message, string) {
	name, ok := req.Lookup(fieldClient)
	n := c.nodeNamed(req.Get(fieldNode))
	if !ok || n == nil {
		return nil, einval
	}
	answer.Set("subt", wire.String, kindAnswer)
	switch {
	case n.Name == c.cfg.Self:
		state := offline
		if c.byName(name) != nil {
			state = Online
		}
		answer.Set(fieldState, wire.String, state)
	case n.Status != "active":
		answer.Set(fieldState, wire.String, offline)
	default:
		c.emit(Send{wire.New(fieldType, kindQuery, fieldDest, n.Name, fieldClient, name, fieldFrom, cl.name)})
		return nil, ""
	}
	return answer, ""
}

// AskClient is the request of a peer that is signed on without a name: whether a program is signed on at a node.
func AskClient(p Peer, node, client string) *wire.Message {
	pid := strconv.Itoa(p.PID)
	return wire.New(fieldType, kindRequest, fieldRequest, "clientstatus", fieldFrom, pid, "pid", pid, fieldNode, node, fieldClient, client)
}

// ClientAnswer reads a message that may answer AskClient: a state, or none when the cluster has no such node.
func ClientAnswer(m *wire.Message, node, client string) (state string, ok bool) {
	switch {
	case m.Kind() == kindAnswer:
		return m.Get(fieldState), m.Get(fieldSource) == node && m.Get(fieldClient) == client
	case m.Kind() == kindResponse && m.Get(fieldRequest) == "clientstatus":
		return m.Get(fieldState), true
	}
	return "", false
}
