// Package cts plays a short slice of the cluster test suite's catalogue, beside the whole of it that `heartbeat cts run` plays.
package cts
