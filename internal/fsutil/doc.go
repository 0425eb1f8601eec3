// Package fsutil replaces files without ever leaving half of one: the new bytes
// go into a temporary file of the same directory, which then takes the name. A
// full or read-only disk is an error, and the old file stays as it was.
package fsutil
