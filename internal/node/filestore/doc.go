// Package filestore changes ha.cf, authkeys and haresources together: after a crash or a power cut at any moment all of them are the old
// ones or all of them are the new ones, and the ones before the last change are kept, so that it can be undone.
//
// A change is written down whole, old and new contents, as propagate.pending in the state directory; from then on it holds. Then
// the files are replaced, and the record becomes propagate.last. Recover finishes at the next start what was interrupted in between.
package filestore
