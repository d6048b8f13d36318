package broadcast

import (
	"context"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// testMark stands before the subject of a test, so that nobody takes it for the real thing.
const testMark = "[Test] "

// Test sends the text, as one resident would get it, to somebody of the team by e-mail, and to nobody else. What is
// missing stands in brackets. It fails with CodeInvalid for a staff member without an address.
func (s *Service) Test(ctx context.Context, id string, resident hearth.ResidentID, to hearth.StaffID) (hearth.MessageID, error) {
	text, err := s.Show(ctx, id, resident, "")
	if err != nil {
		return "", err
	}
	subject, body, _ := strings.Cut(text, "\n\n")
	var out hearth.MessageID
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		b, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		staff, err := s.Records.Staff(ctx, tx, to)
		if err != nil {
			return err
		}
		if staff.Email == "" {
			return hearth.FieldErrorf("to", "%s has no e-mail address on record.", staff.Name)
		}
		out = hearth.MessageID(hearth.DeriveIDAt("msg_", tx.Now(), "broadcast test", id, string(resident), string(to), strconv.FormatInt(hearth.Millis(tx.Now()), 10)))
		return s.Messages.Insert(ctx, tx, []message.Message{{ID: out, Property: b.Property, Direction: message.Out, State: message.Queued, Class: hearth.ClassAnswer,
			Purpose: "broadcast.test", Topic: b.ID, Channel: hearth.ChannelEmail, Address: staff.Email, AddressKey: record.EmailKey(staff.Email),
			Subject: testMark + subject, Body: body, Template: b.Template, Reason: "A test of a broadcast, to " + staff.Name + " alone."}})
	})
	return out, err
}
