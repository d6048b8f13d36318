package channel

import "strings"

// The addresses at which a provider that speaks like Twilio calls back, under our own base address, and the parameter that
// carries our number of the message.
const (
	TwilioStatusPath   = "/hooks/twilio/status"
	TwilioMessagePath  = "/hooks/twilio/message"
	TwilioMessageParam = "m"
)

// TextFate is what a provider's status of a text message means.
type TextFate struct {
	// Open says that nothing is decided yet: the message waits or is on its way at the provider.
	Open      bool
	Delivered bool // it is on the phone
	Sent      bool // it was handed to the carrier, which proves nothing more
	// Otherwise it was given up. Code is the provider's error code, 0 if it told none.
	Code int
	// Dead says that the number takes no text messages and never will: it does not exist, or is a landline.
	Dead bool
	// OptedOut says that its owner has told the provider to stop.
	OptedOut bool
	Text     string // what staff reads about it
}

// TwilioState reads a status ("delivered", "undelivered" …) with its error code. A status that nobody has told us of
// counts as open: providers add some without notice.
func TwilioState(status string, code int) TextFate {
	switch strings.ToLower(status) {
	case "delivered", "read":
		return TextFate{Delivered: true}
	case "sent", "partially_delivered":
		return TextFate{Sent: true}
	case "undelivered", "failed", "canceled":
		f := failed(code)
		if f.Text == "" {
			f.Text = "The provider could not deliver it."
		}
		return f
	}
	return TextFate{Open: true}
}

// failed says what an error code of the provider means for the message and its number. Codes and meanings are of Twilio's
// public list of errors.
func failed(code int) TextFate {
	f := TextFate{Code: code}
	switch code {
	case 21610:
		f.OptedOut, f.Text = true, "This number has told the provider to stop."
	case 21211, 21217, 21401:
		f.Dead, f.Text = true, "This is not a telephone number that exists."
	case 21614:
		f.Dead, f.Text = true, "This number is no mobile telephone."
	case 30005:
		f.Dead, f.Text = true, "The carrier knows no such number any more."
	case 30006:
		f.Dead, f.Text = true, "This number is a landline, or its carrier takes no text messages."
	case 30003:
		f.Text = "The telephone could not be reached: it is off, or out of range."
	case 30004:
		f.Text = "The carrier or its customer blocks text messages to this number."
	case 30007:
		f.Text = "The carrier filtered the message out."
	case 30008:
		f.Text = "The carrier could not deliver it and did not say why."
	case 30001:
		f.Text = "The provider's queue was full."
	case 30002:
		f.Text = "The account at the provider is suspended."
	case 30034:
		f.Text = "The sending number is not registered for business messages (10DLC)."
	}
	return f
}
