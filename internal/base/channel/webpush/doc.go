// Package webpush notifies browsers through the push services of their makers: it encrypts each notification for one browser
// (RFC 8291, in the coding of RFC 8188), says who sends it (VAPID, RFC 8292), and tells what the service made of it (RFC 8030).
//
// It keeps no subscriptions, does not retry and decides nothing: act/message does.
package webpush
