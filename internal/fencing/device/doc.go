// Package device runs fencing devices: plug-ins of cluster-glue by its tool stonith, and fence agents (fence_*). It decides
// nothing; package fencing does.
package device
