package cts

import "heartbeat/internal/lab"

// A probe is the client that asks for one address.
type probe = *lab.Client
