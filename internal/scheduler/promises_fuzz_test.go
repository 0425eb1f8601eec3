package scheduler_test

import (
	"testing"

	"heartbeat/internal/cib/invent"
)

// FuzzPromises looks for clusters for which a promise is broken: each byte of the input is a choice about the cluster.
func FuzzPromises(f *testing.F) {
	f.Add([]byte("a cluster"))
	f.Add([]byte{0})
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		for _, b := range promises(invent.Cluster(invent.FromBytes(choices)), false) {
			t.Error(b)
		}
	})
}
