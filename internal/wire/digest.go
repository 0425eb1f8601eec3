package wire

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// padLen is the block size of all our hash functions, in bytes, hence the length
// of the pads of their HMAC (RFC 2104).
const padLen = 64

// A digestText is room for the longest digest in hex.
type digestText [2 * sha256.Size]byte

// known says whether we can compute the method.
func (m Method) known() bool {
	switch m {
	case CRC, MD5, SHA1, SHA256:
		return true
	}
	return false
}

// appendPad appends what precedes the data in the inner hash of an HMAC, nothing
// for crc. The data to be signed follows it: hashing one contiguous slice costs
// no allocation and leaves the key without state, so that it can be shared.
func (k *Key) appendPad(dst []byte) []byte {
	if k.Method == CRC {
		return dst
	}
	var pad [padLen]byte
	if len(k.Secret) <= padLen {
		copy(pad[:], k.Secret)
	} else { // long keys are hashed first
		n := len(dst)
		dst = append(dst, k.Secret...)
		switch k.Method {
		case MD5:
			h := md5.Sum(dst[n:])
			copy(pad[:], h[:])
		case SHA1:
			h := sha1.Sum(dst[n:])
			copy(pad[:], h[:])
		case SHA256:
			h := sha256.Sum256(dst[n:])
			copy(pad[:], h[:])
		}
		dst = dst[:n]
	}
	for i := range pad {
		pad[i] ^= 0x36
	}
	return append(dst, pad[:]...)
}

// digest returns the signature of padded, which is the pad of the key and the
// data, as lower case hex in out. A method that is not known yields nothing.
func (k *Key) digest(out *digestText, padded []byte) []byte {
	if k.Method == CRC {
		return strconv.AppendUint(out[:0], uint64(crc(padded)), 16)
	}
	var outer [padLen + sha256.Size]byte
	for i := range padLen {
		outer[i] = padded[i] ^ 0x36 ^ 0x5c // the outer pad
	}
	switch k.Method {
	case MD5:
		h := md5.Sum(padded)
		h = md5.Sum(append(outer[:padLen], h[:]...))
		return hex.AppendEncode(out[:0], h[:])
	case SHA1:
		h := sha1.Sum(padded)
		h = sha1.Sum(append(outer[:padLen], h[:]...))
		return hex.AppendEncode(out[:0], h[:])
	case SHA256:
		h := sha256.Sum256(padded)
		h = sha256.Sum256(append(outer[:padLen], h[:]...))
		return hex.AppendEncode(out[:0], h[:])
	}
	return nil
}

// crc is the checksum of method crc: CRC-32 with polynomial 0x04C11DB7, most
// significant bit first, initial value 0, complemented at the end. Unlike
// cksum(1) it does not append the length (messaging spec, section 5.1).
func crc(data []byte) uint32 {
	var c uint32
	for _, b := range data {
		c = c<<8 ^ crcTable[byte(c>>24)^b]
	}
	return ^c
}

// crcTable is never written after the program started.
var crcTable = func() (table [256]uint32) {
	for i := range table {
		c := uint32(i) << 24
		for range 8 {
			if c&(1<<31) != 0 {
				c = c<<1 ^ 0x04C11DB7
			} else {
				c <<= 1
			}
		}
		table[i] = c
	}
	return table
}()
