package applet

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/dopd"
	"heartbeat/internal/node/dopddoor"
	"heartbeat/internal/plumb"
	"heartbeat/internal/wire"
)

// outdaterPatience is how long drbd-peer-outdater waits for its answer, in seconds, if -t says nothing else.
const outdaterPatience = 60

// drbdPeerOutdater is DRBD's fence-peer handler that asks dopd (resources spec, section 6). Its exit code is the answer.
func drbdPeerOutdater(c *call, args []string) int {
	peer, resource, patience := c.Getenv("DRBD_PEER"), c.Getenv("DRBD_RESOURCE"), outdaterPatience
	options, _, err := getopt(c.prog, "hVt:p:r:", args)
	for _, o := range options {
		switch o.letter {
		case 'p':
			peer = o.value
		case 'r':
			resource = o.value
		case 't':
			n, e := strconv.Atoi(o.value)
			if e != nil || n <= 0 {
				err = fmt.Errorf("%s: -t %s is no number of seconds", c.prog, o.value)
			}
			patience = n
		case 'h':
			c.printf("%s", outdaterUsage)
			return exitOK
		}
	}
	if err == nil && (peer == "" || resource == "") {
		err = errUsage
	}
	if err != nil {
		if !errors.Is(err, errUsage) {
			c.complain("%s\n", err)
		}
		c.complain("%s", outdaterUsage)
		return exitNotWell
	}
	code, err := askDopd(dopddoor.Path(c.Run), strings.ToLower(peer), resource, time.Duration(patience)*time.Second)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.complain("error: could not connect to dopd after %d seconds: timeout reached\n", patience)
		return dopd.Unreachable
	case err != nil:
		c.complain("Could not connect to outdater channel: %s\n", err)
		return dopd.Unreachable
	}
	return code
}

const outdaterUsage = `usage: drbd-peer-outdater -r <string> -p <string> [-t <int>]
	-p <string>	drbd peer
	-r <string>	drbd resource
	-t <int>	timeout in seconds; default: 60

Without -p and -r the environment variables DRBD_PEER and DRBD_RESOURCE are taken.
exit codes: 3 inconsistent, 4 outdated, 5 unreachable, 6 primary, 20 failed, 21 asked already
example, in drbd.conf: handlers { fence-peer "/usr/lib/heartbeat/drbd-peer-outdater -t 5"; }
`

// askDopd asks and waits for the number.
func askDopd(socket, peer, resource string, patience time.Duration) (int, error) {
	deadline := time.Now().Add(patience)
	conn, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(deadline); err != nil {
		return 0, err
	}
	body, err := wire.AppendClassic(nil, dopd.Ask(peer, resource))
	if err != nil {
		return 0, err
	}
	if _, err := conn.Write(plumb.Append(nil, append(body, 0))); err != nil {
		return 0, err
	}
	body, err = plumb.Read(conn, 4<<10)
	if err != nil {
		return 0, err
	}
	m, _, err := wire.Parse(body)
	if err != nil {
		return 0, err
	}
	code, ok := dopd.CodeOf(m)
	if !ok {
		return dopd.Failed, nil
	}
	return code, nil
}
