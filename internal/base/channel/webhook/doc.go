// Package webhook tells other programs over HTTPS that something happened: it signs what it sends, refuses addresses inside
// the house, follows no redirect, and says whether the other side took it. It keeps nothing, retries nothing, and knows
// no events: act/webhook does.
//
// The headers are those of the Standard Webhooks specification (standardwebhooks.com): webhook-id, webhook-timestamp and
// webhook-signature.
package webhook
