// Package load puts a running Hearth under load and under the knife: HTTP clients that post events and measure how
// long an acknowledgement takes, a program that can be killed, frozen and restarted, its memory and processor time,
// and the mails that a mail server of the tests took. The bench and the fault tests are made from it.
//
// It judges nothing: what a figure should be is said by who asks. It works in real time.
package load
