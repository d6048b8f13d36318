package hearth

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"time"
)

// Identities are opaque strings with a prefix that says what they name. They are distinct types so that the
// compiler catches a swap.
type (
	// OrgID names an organization: the company that runs Hearth. Every row carries one.
	OrgID string
	// PropertyID names a community with one team and one time zone ("prp_…").
	PropertyID string
	// BuildingID names a building of a property ("bld_…").
	BuildingID string
	// UnitID names a dwelling ("unt_…").
	UnitID string
	// HouseholdID names the residents who share a lease ("hhd_…").
	HouseholdID string
	// ResidentID names a person who lives, will live or has lived in a unit ("res_…").
	ResidentID string
	// LeaseID names a lease ("lse_…").
	LeaseID string
	// StaffID names a member of the team ("stf_…").
	StaffID string
	// WorkOrderID names a maintenance request ("wo_…").
	WorkOrderID string
	// PlaybookID is the id written in a playbook's file, for example "renewal-window".
	PlaybookID string
	// RunID names one resident's passage through one playbook version ("run_…").
	RunID string
	// TaskID names a piece of work for a person ("tsk_…").
	TaskID string
	// MessageID names a message, from intent to delivery ("msg_…").
	MessageID string
	// DecisionID names a stored decision ("dec_…").
	DecisionID string
	// ImportID names one run of an import ("imp_…").
	ImportID string
)

// idChars is the length of an identity behind its prefix: 100 bits, so that a collision is out of the question
// in the largest installation, and still short enough to read out.
const idChars = 20

// NewID makes a fresh identity with the prefix ("res_") from random, which must deliver at least 13 bytes.
func NewID(random io.Reader, prefix string) (string, error) {
	var raw [13]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	return prefix + encodeID(raw[:]), nil
}

// NewIDAt is NewID for what is made at a time. The identity begins with the time, so that rows made together lie together
// in the store and its indexes, and ends in 50 random bits.
func NewIDAt(random io.Reader, at time.Time, prefix string) (string, error) {
	id, err := NewID(random, "")
	if err != nil {
		return "", err
	}
	return prefix + timeChars(at) + id[:idChars-10], nil
}

// TimedEvent begins the identities of events that go on with the time at which they were made: as the log keeps what it has
// by identity, such events lie together there too. No letter of an identity is a u, so that none made otherwise begins like it.
const TimedEvent = "evt_u"

// TimeOfEvent gives the ten letters that sort like the time of an identity that TimedEvent begins; "" for any other.
func TimeOfEvent(id string) string {
	if len(id) != len(TimedEvent)+idChars || id[:len(TimedEvent)] != TimedEvent {
		return ""
	}
	return id[len(TimedEvent) : len(TimedEvent)+10]
}

// timeChars writes milliseconds since 1970 in ten letters that sort like the time.
func timeChars(at time.Time) string {
	ms := uint64(max(at.UnixMilli(), 0))
	var head [6]byte
	for i := range head {
		head[i] = byte(ms >> (8 * (5 - i)))
	}
	return letters(head[:], 10)
}

// DeriveID makes the identity that belongs to parts, always the same for the same parts. Effects of the engine are
// named this way: the second attempt at an effect meets the first one's row instead of doubling it.
func DeriveID(prefix string, parts ...string) string {
	var room [256]byte // most parts fit, so that they cost no allocation
	told := room[:0]
	for _, p := range parts {
		// Lengths keep ("a","bc") apart from ("ab","c").
		told = binary.BigEndian.AppendUint32(told, uint32(len(p)))
		told = append(told, p...)
	}
	sum := sha256.Sum256(told)
	return prefix + encodeID(sum[:13])
}

// DeriveIDAt is DeriveID for what was made at a time. The identity begins with the time, so that rows made together lie
// together in the store, and ends in 50 bits of the parts.
func DeriveIDAt(prefix string, at time.Time, parts ...string) string {
	return prefix + timeChars(at) + DeriveID("", parts...)[:idChars-10]
}

func encodeID(raw []byte) string { return letters(raw, idChars) }

// letters writes the first 5*n bits of raw in letters that leave out those that are read as digits (Crockford's choice).
// It is base32 in that alphabet, which a test checks; the standard library's encoder is made anew at each use, because it
// can be kept only in a global.
func letters(raw []byte, n int) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	out := make([]byte, n)
	bits, have := uint(0), 0
	for i := range out {
		if have < 5 {
			next := byte(0)
			if len(raw) > 0 {
				next, raw = raw[0], raw[1:]
			}
			bits, have = bits<<8|uint(next), have+8
		}
		have -= 5
		out[i] = alphabet[bits>>have&31]
	}
	return string(out)
}
