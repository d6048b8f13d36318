// Package webhook tells other programs what happened here: who wants to hear which events, what is still to be told to each,
// and in which order. It follows the log at its own pace; an event is told at least once, under an identity that stays the
// same, and events about one thing are told in their order.
//
// It makes no call itself (base/channel/webhook does), and tells nothing that only some may read.
package webhook
