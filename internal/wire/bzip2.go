package wire

import (
	"bytes"
	"fmt"

	"github.com/dsnet/compress/bzip2"
)

// Bzip2 packs data of any length. Level 1 to 9 is the size of blocks in 100 kB: 1 is for messages, 9 for files. The standard library can
// only unpack; the packer has this one place, for all who write such data.
func Bzip2(data []byte, level int) ([]byte, error) {
	var out bytes.Buffer
	w, err := bzip2.NewWriter(&out, &bzip2.WriterConfig{Level: level})
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compressing with bz2: %w", err)
	}
	return out.Bytes(), nil
}
