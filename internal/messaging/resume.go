package messaging

// Resume begins with what a former life of ours knew about the peer: its generation and its newest message then. Whatever is not newer
// is refused; the next newer message of any number is accepted.
func (r *Receiver) Resume(generation, last uint64) {
	*r = Receiver{generation: generation, known: true, last: last}
}
