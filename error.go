package hearth

import (
	"context"
	"errors"
	"fmt"
)

// Code classifies an error for programs; the sentence beside it is for people.
type Code string

// The codes. Edges map them to their own answers (HTTP status, exit code) in one place each.
const (
	CodeInvalid     Code = "invalid"     // the input is wrong; the sentence says which field and what to do
	CodeNotFound    Code = "not_found"   // there is no such thing, or the asker may not know of it
	CodeConflict    Code = "conflict"    // it was changed or taken meanwhile
	CodeForbidden   Code = "forbidden"   // the asker may not do this
	CodeTooLarge    Code = "too_large"   // more than this door takes at once
	CodeBusy        Code = "busy"        // overloaded; come back after RetryAfter
	CodeUnavailable Code = "unavailable" // a part that this needs is down (disk full, database away)
	CodeInternal    Code = "internal"    // our fault; details are in the log
)

// Error is an error with a code and a sentence that a person can act on. What lies beneath is in Err and is
// logged, never shown.
type Error struct {
	Code    Code
	Message string // a whole sentence, safe to show
	Field   string // the input field that is wrong, as the sender wrote it ("data.channel"), if any
	Err     error  // the private cause, if any
}

// Error gives code, sentence and cause, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a sentence for a person. Wrapped causes (%w) stay reachable.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// FieldErrorf is Errorf with CodeInvalid for one field of the input.
func FieldErrorf(field, format string, args ...any) *Error {
	e := Errorf(CodeInvalid, format, args...)
	e.Field = field
	return e
}

// CodeOf gives the code of err, CodeInternal for an error without one, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// MessageOf gives the sentence for a person. Errors without one get a sentence that gives nothing away.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on our side. Nothing was changed; try again, and tell your operator if it stays."
}

// Outage tells errors that say nothing about the work at hand: a part was away or too busy, or whoever asked has gone.
// The same work may go well a moment later.
func Outage(err error) bool {
	code := CodeOf(err)
	return code == CodeUnavailable || code == CodeBusy || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
