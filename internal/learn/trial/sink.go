package trial

import (
	"context"

	"hearth/internal/base/channel"
)

// sink takes every mail and keeps none: in a copy nothing leaves the house. The mail is composed as it would be for a
// server, so that one which cannot be is refused here too.
type sink struct{}

var _ channel.Sender = sink{}

// Send implements channel.Sender.
func (sink) Send(_ context.Context, mail *channel.Email, beforeDot func() error) channel.Result {
	if _, err := mail.Compose(); err != nil {
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}
	}
	if err := beforeDot(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageData, Err: err}
	}
	return channel.Result{Outcome: channel.Sent, Stage: channel.StageReply, Code: 250}
}

// Close implements channel.Sender.
func (sink) Close() error { return nil }
