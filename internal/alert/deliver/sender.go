package deliver

import (
	"context"
	"time"

	"heartbeat/internal/alert"
)

// A Sender makes single deliveries.
type Sender struct {
	Host    string // of this node, for mail
	Version string
}

// Send delivers one message within the time limit of the channel, and says how that went.
func (d *Sender) Send(ctx context.Context, c alert.Channel, m alert.Message) alert.Result {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	began := time.Now()
	var r alert.Result
	switch c.Kind {
	case alert.Mail:
		r = d.mail(ctx, c, m)
	case alert.Webhook:
		r = d.webhook(ctx, c, m)
	case alert.Exec:
		r = d.exec(ctx, c, m)
	}
	r.Took = time.Since(began)
	return r
}
