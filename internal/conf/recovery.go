package conf

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// recoveryEvents are the words for the events of apphbd, by their numbers (resources spec, sections 9.5 and 9.6); 0 is none.
var recoveryEvents = [...]string{"", "APPHB_HUP", "APPHB_NOHB", "APPHB_HBAGAIN", "APPHB_HBWARN", "APPHB_HBUNREG"}

// RecoveryEvent is the word for an event, or a number for one that nobody knows.
func RecoveryEvent(n int) string {
	if n > 0 && n < len(recoveryEvents) {
		return recoveryEvents[n]
	}
	return fmt.Sprint(n)
}

// A Recovery says what is done when one program fails.
type Recovery struct {
	App      string // name with which it registers
	User     string
	UID, GID int
	Script   string
	Args     map[int]string // event → argument; an event that is missing is not handled
	Line     int
}

// Accounts looks up users and groups.
type Accounts struct {
	User  func(name string) (uid, gid int, ok bool) // gid of the primary group
	Group func(name string) (gid int, ok bool)
}

// ParseRecovery reads the file of the recovery manager and says everything that is wrong with it. Besides C's
//
//	user:group /path/script { EVENT [= "argument"] ... }
//
// where the script has the name of the program, there may be lines such as
//
//	recover NAME on nohb,hup run SCRIPT [ARGUMENT] as USER
func ParseRecovery(file string, data []byte, accounts Accounts) ([]Recovery, Problems) {
	p := &recoveryParser{notes: &notes{file: file}, accounts: accounts}
	for _, l := range splitLines(data, p.notes) {
		p.scan(l)
	}
	for len(p.tokens) > 0 {
		if p.tokens[0].text == "recover" && (len(p.tokens) < 2 || p.tokens[1].text != ":") {
			p.line()
			continue
		}
		p.block()
	}
	if len(p.out) == 0 && !p.list.HasErrors() {
		p.fail(0, `write: user:group /path/script { APPHB_NOHB = "restart" }`, "there is nothing to recover")
	}
	return p.out, p.list.Sorted()
}

type recoveryToken struct {
	text   string
	quoted bool
	num    int
}

type recoveryParser struct {
	*notes
	accounts Accounts
	tokens   []recoveryToken
	out      []Recovery
}

const recoverySigns = "{}:=,"

// scan cuts a line into words, quoted strings and signs.
func (p *recoveryParser) scan(l textLine) {
	for s := l.text; ; {
		s = strings.TrimLeft(s, " \t\v\f\r")
		switch {
		case s == "" || s[0] == '#':
			return
		case s[0] == '"':
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				p.fail(l.num, `end it with "`, "a string without an end: %s", s)
				return
			}
			p.tokens = append(p.tokens, recoveryToken{s[1 : 1+end], true, l.num})
			s = s[end+2:]
		case strings.IndexByte(recoverySigns, s[0]) >= 0:
			p.tokens = append(p.tokens, recoveryToken{s[:1], false, l.num})
			s = s[1:]
		default:
			end := strings.IndexAny(s, recoverySigns+" \t\v\f\r\"#")
			if end < 0 {
				end = len(s)
			}
			p.tokens = append(p.tokens, recoveryToken{s[:end], false, l.num})
			s = s[end:]
		}
	}
}

// next takes a token; at the end it is an empty one in the last line.
func (p *recoveryParser) next() (t recoveryToken) {
	if len(p.tokens) > 0 {
		t, p.tokens = p.tokens[0], p.tokens[1:]
	}
	return t
}

func (p *recoveryParser) peek() recoveryToken {
	if len(p.tokens) == 0 {
		return recoveryToken{}
	}
	return p.tokens[0]
}

// isSign says whether a token is that sign, and not the same in quotes.
func (t recoveryToken) isSign(sign string) bool { return !t.quoted && t.text == sign }

func (t recoveryToken) isWord() bool {
	return !t.quoted && t.text != "" && !strings.Contains(recoverySigns, t.text)
}

// block reads user:group script { … }; after an error it goes on behind the closing brace.
func (p *recoveryParser) block() {
	first := p.peek().num
	user, colon, group, script, open := p.next(), p.next(), p.next(), p.next(), p.next()
	if !user.isWord() || !colon.isSign(":") || !group.isWord() || !script.isWord() || !open.isSign("{") {
		p.fail(first, `write: user:group /path/script { APPHB_NOHB = "restart" }`, "error parsing config file: a recovery does not begin with %q", user.text)
		for !open.isSign("}") && len(p.tokens) > 0 {
			open = p.next()
		}
		return
	}
	r := Recovery{App: path.Base(script.text), User: user.text, Script: script.text, Args: map[int]string{}, Line: first}
	ok := p.account(&r, user, &group) && p.script(script)
	for {
		if len(p.tokens) == 0 || p.peek().isSign("recover") || len(p.tokens) > 1 && p.tokens[1].isSign(":") { // the next one begins
			p.fail(first, "end it with }", "the recovery of %s has no end", r.App)
			return
		}
		t := p.next()
		if t.isSign("}") {
			p.add(r, ok)
			return
		}
		argument := ""
		if p.peek().isSign("=") {
			p.next()
			if a := p.peek(); a.quoted || a.isWord() {
				argument = p.next().text
			} else {
				p.fail(t.num, `write for example: `+t.text+` = "restart"`, "%s has no argument behind its =", t.text)
				ok = false
			}
		}
		ok = p.event(&r, t, t.text, argument) && ok
	}
}

// line reads recover NAME on EVENTS run SCRIPT [ARGUMENT] as USER; all of it stands in one line.
func (p *recoveryParser) line() {
	num := p.next().num
	var words []recoveryToken
	for p.peek().num == num && len(p.tokens) > 0 {
		words = append(words, p.next())
	}
	bad := func() {
		p.fail(num, "write: recover NAME on nohb,hup run /path/script restart as USER", "error parsing config file: a recover line without its words")
	}
	run := slices.IndexFunc(words, func(t recoveryToken) bool { return t.isSign("run") })
	last := len(words) - 2
	if len(words) < 7 || words[1].text != "on" || run < 3 || !words[last].isSign("as") || last-run < 2 || last-run > 3 {
		bad()
		return
	}
	r := Recovery{App: words[0].text, User: words[last+1].text, Script: words[run+1].text, Args: map[int]string{}, Line: num}
	ok := p.account(&r, words[last+1], nil) && p.script(words[run+1])
	argument := ""
	if last-run == 3 {
		argument = words[run+2].text
	}
	for _, t := range words[2:run] {
		if !t.isSign(",") {
			ok = p.event(&r, t, "APPHB_"+strings.ToUpper(strings.TrimPrefix(strings.ToUpper(t.text), "APPHB_")), argument) && ok
		}
	}
	p.add(r, ok)
}

func (p *recoveryParser) add(r Recovery, ok bool) {
	if !ok {
		return
	}
	if i := slices.IndexFunc(p.out, func(o Recovery) bool { return o.App == r.App }); i >= 0 {
		p.warn(r.Line, "keep one of them", "%s again: it replaces the one in line %d", r.App, p.out[i].Line)
		p.out = slices.Delete(p.out, i, i+1)
	}
	p.out = append(p.out, r)
}

func (p *recoveryParser) event(r *Recovery, t recoveryToken, word, argument string) bool {
	n := slices.Index(recoveryEvents[1:], word) + 1
	if n == 0 {
		p.fail(t.num, didYouMean(word, recoveryEvents[1:], "the events are: "+strings.Join(recoveryEvents[1:], ", ")), "unknown event %q", t.text)
		return false
	}
	r.Args[n] = argument
	return true
}

func (p *recoveryParser) script(t recoveryToken) bool {
	if path.IsAbs(t.text) {
		return true
	}
	p.fail(t.num, "write its full path", "script %q is no absolute path", t.text)
	return false
}

// account fills in who the script runs as. The group is the user's primary one, or it is an error, as in C.
func (p *recoveryParser) account(r *Recovery, user recoveryToken, group *recoveryToken) (ok bool) {
	if r.UID, r.GID, ok = p.accounts.User(user.text); !ok {
		p.fail(user.num, "correct the name, or make the user", "Cannot find user id for user:[%s]", user.text)
		return false
	}
	if group == nil {
		return true
	}
	gid, known := p.accounts.Group(group.text)
	switch {
	case !known:
		p.fail(group.num, "correct the name, or make the group", "Cannot find group id for group:[%s]", group.text)
	case gid != r.GID:
		p.fail(group.num, "write the primary group of the user", "User [%s] is not in group [%s]", user.text, group.text)
	}
	return known && gid == r.GID
}
