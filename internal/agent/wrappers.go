package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// knownWrappers are the SHA-256 digests of wrappers as distributions ship them, which built-in agents
// replace. A file with another digest was changed by the site and is run.
func knownWrappers(name string) []string {
	switch name {
	case "IPaddr": // Debian heartbeat 1:3.0.6
		return []string{"c53184acddad1bc7894e0477a1351621c3e46cf1924c8ff410410b51e26f4b5c"}
	case "IPaddr2":
		return []string{"220eb0a8ba5b8b132a04503d367613210a72edcda030dcc726398c8121f5c017"}
	case "IPv6addr":
		return []string{"af667834ba1c733e596342f11daa8f584b06c2e5bf2a3ccc2a9d2a06e60ea3d3"}
	case "IPsrcaddr":
		return []string{"1dc565f89b0fa5d2724a828a3ef39590c0aef65b63366af072e187c57b9a821f"}
	case "SendArp":
		return []string{"754799bc1f0c2a16d0cda97995aec1d3eab3aa373275fb16fa590cd60beaec60"}
	case "Delay":
		return []string{"dbc65054134c64f40741e89e38a0da5a79042eec8c215073169a45ea5e1ad2f0"}
	case "Filesystem":
		return []string{"d274284749b9d3ef47def441b13bf3cf32d96ace986d851c7b594824d0322c90"}
	case "MailTo":
		return []string{"e31c73e4fd2017fa0d2e08f3f9d760956070efee5f05a8907e8fa9f1dfb55529"}
	case "portblock":
		return []string{"9e18e6dc8ec3bb1b7c9c38b2cf1b5a5af9718f5ee63e6b783d6de3ec82d25fea"}
	}
	return nil
}

func isKnownWrapper(path string) (bool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(data)
	return slices.Contains(knownWrappers(filepath.Base(path)), hex.EncodeToString(sum[:])), nil
}

// replaces says whether the settings let a built-in agent stand in for a shipped wrapper of that name.
func (c ResolveConfig) replaces(name string) bool {
	switch name {
	case "IPaddr", "IPaddr2", "IPv6addr", "IPsrcaddr", "SendArp":
		return c.NativeIP
	}
	return !c.ScriptsFirst && len(knownWrappers(name)) > 0
}

// SiteModified says in a sentence why a shipped script is run instead of the
// built-in agent; empty when it is not.
func SiteModified(a Agent) string {
	s, ok := a.(*script)
	if !ok || s.class != classResourceD || len(knownWrappers(filepath.Base(s.path))) == 0 {
		return ""
	}
	if known, err := isKnownWrapper(s.path); err != nil || known {
		return ""
	}
	return fmt.Sprintf("%s differs from the one distributions ship, so it is run as it is; remove it to have the faster built-in agent", s.path)
}
