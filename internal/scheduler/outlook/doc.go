// Package outlook tells what a cluster resource manager would do if something happened: who runs what before and after, the steps between
// with their reasons, for how many steps each resource is away, and a picture of the transition. It is pure: documents in, a plan out.
package outlook
