// Package assist asks a language model for words, over the API for chat completions that OpenAI began and most servers speak. It
// sends what it is given and gives back what comes, bounded in time and size. It knows nothing of residents, hides nothing and
// judges nothing: decide/inbox/helper does.
package assist

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
)

// Config says whom to ask. Zero values get the defaults named at each.
type Config struct {
	URL     string         // of the API: https://api.openai.com/v1
	Key     string         // sent as a bearer token; "" for none
	Model   string         // as the server calls it
	Guard   *webhook.Guard // which addresses may be asked; those on the Internet
	Timeout time.Duration  // of a whole answer; 20 s
	Agent   string         // the User-Agent header
	HTTP    *http.Client   // made from the above
}

// Client asks. It is safe for concurrent use; at most atOnce answers are waited for at a time.
type Client struct {
	c    Config
	at   string
	room chan struct{}
}

const (
	atOnce    = 4
	maxAnswer = 64 << 10 // bytes that are read of an answer
	maxTokens = 1200     // that are asked for
)

// New prepares a client. It fails with CodeInvalid for an address that is not to be asked: inside the house, or not encrypted,
// unless the guard allows it.
func New(c Config) (*Client, error) {
	if c.Guard == nil {
		c.Guard = &webhook.Guard{}
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	u, err := c.Guard.URL(c.URL)
	if err != nil {
		return nil, hearth.FieldErrorf("assist-url", "assist-url is not asked: %s A server in your own house is named by its number, and its network in assist-allow.", hearth.MessageOf(err))
	}
	if c.Model == "" {
		return nil, hearth.FieldErrorf("assist-model", "assist-url is set, and no model: set assist-model to what the server calls it.")
	}
	if c.HTTP == nil {
		c.HTTP = webhook.HTTP(webhook.Config{Guard: c.Guard, Timeout: c.Timeout, Agent: c.Agent})
	}
	return &Client{c: c, at: strings.TrimRight(u.String(), "/") + "/chat/completions", room: make(chan struct{}, atOnce)}, nil
}

// Model is what is asked.
func (c *Client) Model() string { return c.c.Model }

type said struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type question struct {
	Model       string  `json:"model"`
	Messages    []said  `json:"messages"`
	Temperature float64 `json:"temperature"`
	MaxTokens   int     `json:"max_tokens"`
}

type reply struct {
	Choices []struct {
		Message said   `json:"message"`
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
}

// Ask gives the model's words to an instruction and a text. No tools are offered, so that an answer is words and nothing else. It
// fails with CodeUnavailable and a sentence that says what to do; nothing that the server wrote stands in it.
func (c *Client) Ask(ctx context.Context, instruction, text string) (string, error) {
	select {
	case c.room <- struct{}{}:
		defer func() { <-c.room }()
	default:
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant is busy with others. Try again in a moment.")
	}
	body, err := json.Marshal(question{Model: c.c.Model, Messages: []said{{"system", instruction}, {"user", text}}, Temperature: 0.2, MaxTokens: maxTokens})
	if err != nil {
		return "", fmt.Errorf("ask the writing assistant: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.at, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("ask the writing assistant: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if c.c.Agent != "" {
		req.Header.Set("User-Agent", c.c.Agent)
	}
	if c.c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.c.Key)
	}
	res, err := c.c.HTTP.Do(req)
	if err != nil {
		return "", c.wrong(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return "", c.wrong(err)
	}
	if len(raw) > maxAnswer {
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant answered with far too much, so nothing of it was taken.")
	}
	return words(res.StatusCode, raw)
}

// words takes the text out of an answer.
func words(status int, raw []byte) (string, error) {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant refuses our key. Ask whoever runs Hearth to look at assist-key.")
	case status == http.StatusNotFound:
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant knows no such model or address. Ask whoever runs Hearth to look at assist-url and assist-model.")
	case status == http.StatusTooManyRequests:
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant asks us to wait. Try again in a minute, or write on without it.")
	case status != http.StatusOK:
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant could not answer (%d). Write on without it, or try again.", status)
	}
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Choices) == 0 {
		return "", hearth.Errorf(hearth.CodeUnavailable, "What the writing assistant answered can't be read. Write on without it, or try again.")
	}
	if r.Choices[0].Finish == "length" {
		return "", hearth.Errorf(hearth.CodeUnavailable, "The writing assistant did not come to an end. Ask for less text, or write on without it.")
	}
	return r.Choices[0].Message.Content, nil
}

// wrong says what kept an answer away.
func (c *Client) wrong(err error) error {
	var slow net.Error
	var closed *hearth.Error
	switch {
	case errors.As(err, &closed):
		return hearth.Errorf(hearth.CodeUnavailable, "The writing assistant's address leads inside the house, where nothing is asked. Ask whoever runs Hearth to look at assist-url.")
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &slow) && slow.Timeout():
		return hearth.Errorf(hearth.CodeUnavailable, "The writing assistant did not answer within %.0f seconds. Write on without it, or try again.", c.c.Timeout.Seconds())
	}
	return hearth.Errorf(hearth.CodeUnavailable, "The writing assistant can't be reached, or broke off. Write on without it, or try again.")
}
