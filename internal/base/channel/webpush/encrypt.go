package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"hearth"
	"hearth/internal/base/channel"
)

const (
	recordSize = 4096 // one record holds all; services need not carry more
	saltSize   = 16
	keySize    = 65 // an uncompressed point
	authSize   = 16
	tagSize    = 16
	padTo      = 256 // lengths are rounded up, so that they tell little
	lastRecord = 2   // the delimiter of the last record (RFC 8188, section 2)
)

// CheckDevice refuses keys that nothing can be encrypted for, with CodeInvalid.
func CheckDevice(p256dh, auth []byte) error {
	if _, err := ecdh.P256().NewPublicKey(p256dh); err != nil {
		return hearth.FieldErrorf("p256dh", "The key p256dh is not one that a browser gives: 65 bytes of a point on P-256, in base64url.")
	}
	if len(auth) != authSize {
		return hearth.FieldErrorf("auth", "The secret auth should be 16 bytes, in base64url.")
	}
	return nil
}

// encrypt makes the body for one browser: a header with salt and our key of this message, then one record (RFC 8291, section 3).
// ours is a key that is used for no other message.
func encrypt(d channel.Device, ours *ecdh.PrivateKey, salt, plain []byte, pad int) ([]byte, error) {
	if err := CheckDevice(d.P256dh, d.Auth); err != nil {
		return nil, err
	}
	theirs, err := ecdh.P256().NewPublicKey(d.P256dh)
	if err != nil {
		return nil, fmt.Errorf("read the browser's key: %w", err)
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	mine := ours.PublicKey().Bytes()
	info := "WebPush: info\x00" + string(d.P256dh) + string(mine)
	secret, err := hkdf.Key(sha256.New, shared, d.Auth, info, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the secret: %w", err)
	}
	gcm, nonce, err := contentKey(secret, salt)
	if err != nil {
		return nil, err
	}
	record := make([]byte, 0, len(plain)+1+pad)
	record = append(append(record, plain...), lastRecord)
	record = append(record, make([]byte, pad)...)
	if len(record)+tagSize > recordSize-saltSize-5-keySize {
		return nil, hearth.FieldErrorf("body", "A notification is longer than %d bytes.", channel.MaxPush)
	}
	out := make([]byte, 0, recordSize)
	out = append(out, salt...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(append(out, keySize), mine...)
	return gcm.Seal(out, nonce, record, nil), nil
}

// contentKey gives the cipher and the nonce of the first record (RFC 8188, sections 2.2 and 2.3).
func contentKey(secret, salt []byte) (cipher.AEAD, []byte, error) {
	prk, err := hkdf.Extract(sha256.New, secret, salt)
	if err != nil {
		return nil, nil, fmt.Errorf("derive the key: %w", err)
	}
	key, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, fmt.Errorf("derive the key: %w", err)
	}
	nonce, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, nil, fmt.Errorf("derive the nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, nonce, err
}

// seal encrypts with a fresh key and salt.
func seal(random io.Reader, d channel.Device, plain []byte) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	pad := min((padTo-len(plain)%padTo)%padTo, channel.MaxPush-len(plain))
	return encrypt(d, ours, salt, plain, max(pad, 0))
}
