package conf

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// methods are the ways to sign, weakest first. C Heartbeat knows the first three.
var methods = [...]string{"crc", "md5", "sha1", "sha256"}

// maxSlot is the highest key number.
const maxSlot = 15

const newKey = "run: (echo 'auth 1'; echo \"1 sha1 $(openssl rand -hex 16)\") > authkeys && chmod 600 authkeys"

// ParseAuthKeys reads authkeys (messaging spec, section 3). mode and ownerUID are the file's;
// a negative ownerUID means unknown.
func ParseAuthKeys(file string, data []byte, mode fs.FileMode, ownerUID int) (AuthKeys, Problems) {
	n := &notes{file: file}
	k := AuthKeys{File: file, Sign: -1}
	checkKeyFile(n, mode, ownerUID)
	authLine := 0
	for _, l := range splitLines(data, n) {
		text := strings.TrimLeft(l.text, " \t\v\f\r")
		switch {
		case text == "" || text[0] == '#':
		case text[0] == 'a':
			slot, ok := authSlot(text)
			if !ok {
				n.fail(l.num, "write: auth 1", "Invalid auth line [%.60s] in %s", text, file)
				break
			}
			if authLine > 0 {
				n.warn(l.num, "keep one of them", "a second auth line: it replaces the one in line %d", authLine)
			}
			k.Sign, authLine = slot, l.num
		default:
			k.addKey(l.num, asciiFields(text), n)
		}
	}
	i := slices.IndexFunc(k.Keys, func(key Key) bool { return key.Slot == k.Sign })
	switch {
	case authLine == 0:
		n.fail(0, newKey, "Missing auth directive in keyfile [%s]", file)
	case i < 0:
		n.fail(authLine, fmt.Sprintf("add a line such as: %d sha1 SECRET", k.Sign), "Auth Key [%d] not found in keyfile [%s]", k.Sign, file)
	case k.Keys[i].Line < authLine:
		n.fail(authLine, "move the auth line to the top: C Heartbeat reads the file in order", "Auth Key [%d] not found in keyfile [%s] after the auth line", k.Sign, file)
	}
	return k, n.list.Sorted()
}

func checkKeyFile(n *notes, mode fs.FileMode, uid int) {
	switch {
	case mode&0o044 != 0:
		n.fail(0, "run: chmod 600 "+n.file, "Bad permissions on keyfile [%s], 600 recommended: mode %04o lets others read the key", n.file, mode.Perm())
	case mode&0o022 != 0:
		n.warn(0, "run: chmod 600 "+n.file, "mode %04o lets others write the key", mode.Perm())
	}
	if uid > 0 {
		n.warn(0, "run: chown root "+n.file, "the key belongs to user %d, not to root", uid)
	}
}

func authSlot(text string) (int, bool) {
	f := asciiFields(text)
	if len(f) < 2 || f[0] != "auth" {
		return 0, false
	}
	slot, err := strconv.Atoi(f[1])
	return slot, err == nil && slot >= 0 && slot <= maxSlot
}

func (k *AuthKeys) addKey(line int, f []string, n *notes) {
	slot, err := strconv.Atoi(f[0])
	if err != nil || len(f) < 2 {
		n.fail(line, "write: 1 sha1 SECRET", "Auth line [%.60s] is invalid.", f[0])
		return
	}
	if slot < 0 || slot > maxSlot {
		n.fail(line, fmt.Sprintf("use a number from 0 to %d", maxSlot), "Invalid authnum [%d] in %s", slot, n.file)
		return
	}
	key := Key{Slot: slot, Method: f[1], Line: line}
	if len(f) > 2 {
		key.Secret = f[2]
	}
	switch {
	case !slices.Contains(methods[:], key.Method):
		n.fail(line, didYouMean(key.Method, methods[:], "use sha1"), "Invalid authtype [%.40s]", key.Method)
		return
	case key.Method == "crc" && key.Secret != "":
		n.fail(line, "remove the key, or use sha1", "Auth method [crc] doesn't use a key")
		return
	case key.Method != "crc" && key.Secret == "":
		n.fail(line, newKey, "Auth method [%s] requires a key", key.Method)
		return
	}
	if key.Method == "sha256" {
		n.warn(line, "use sha1 while a C node is in the cluster", "method sha256: C nodes do not know it")
	}
	if len(f) > 3 {
		n.warn(line, "a key is one word", "what stands after the key is ignored")
	}
	if s := key.Secret; s != "" && len(s) < 8 {
		n.warn(line, newKey, "the key has only %d characters and can be guessed", len(s))
	}
	for i := range k.Keys {
		if k.Keys[i].Slot == slot {
			n.warn(line, "number the keys differently", "key %d again: it replaces the one in line %d", slot, k.Keys[i].Line)
			k.Keys[i] = key
			return
		}
	}
	k.Keys = append(k.Keys, key)
}

// Render writes the keys as an authkeys file.
func (k AuthKeys) Render() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "auth %d\n", k.Sign)
	for _, key := range k.Keys {
		fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("%d %s %s", key.Slot, key.Method, key.Secret)))
	}
	return []byte(b.String())
}
