package hearth

import (
	"crypto/sha256"
	"encoding/base32"
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

// timeChars writes milliseconds since 1970 in ten letters that sort like the time.
func timeChars(at time.Time) string {
	ms := uint64(max(at.UnixMilli(), 0))
	var head [6]byte
	for i := range head {
		head[i] = byte(ms >> (8 * (5 - i)))
	}
	return idAlphabet().EncodeToString(head[:])[:10]
}

// DeriveID makes the identity that belongs to parts, always the same for the same parts. Effects of the engine are
// named this way: the second attempt at an effect meets the first one's row instead of doubling it.
func DeriveID(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// Lengths keep ("a","bc") apart from ("ab","c").
		n := len(p)
		h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		io.WriteString(h, p)
	}
	var sum [sha256.Size]byte
	return prefix + encodeID(h.Sum(sum[:0])[:13])
}

// DeriveIDAt is DeriveID for what was made at a time. The identity begins with the time, so that rows made together lie
// together in the store, and ends in 50 bits of the parts.
func DeriveIDAt(prefix string, at time.Time, parts ...string) string {
	return prefix + timeChars(at) + DeriveID("", parts...)[:idChars-10]
}

func encodeID(raw []byte) string {
	return idAlphabet().EncodeToString(raw)[:idChars]
}

// idAlphabet leaves out letters that are read as digits (Crockford's choice).
func idAlphabet() *base32.Encoding {
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
}
