// Package shareddisk does the I/O of package disk: it opens a block device or a file on shared storage without any cache, reads and writes the
// area of the disk lock, and makes, shows and clears it for humans.
package shareddisk
