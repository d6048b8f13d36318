package app

import "net/url"

// smsAccount is the number of the account in the setting sms; "" when there is none.
func smsAccount(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.User.Username()
}
