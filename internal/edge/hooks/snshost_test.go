package hooks

import "testing"

// Certificates are fetched from the notification service alone: whoever can put files beside it could sign as it.
func TestWhereCertificatesComeFrom(t *testing.T) {
	for address, ours := range map[string]bool{
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":     true,
		"https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem": true,
		"https://sns.s3.amazonaws.com/x.pem":                                      false,
		"https://sns.s3.us-east-1.amazonaws.com/x.pem":                            false,
		"https://sns.amazonaws.com.evil.example/x.pem":                            false,
		"https://sns.us-east-1.amazonaws.com:8443/x.pem":                          false,
		"https://a@sns.us-east-1.amazonaws.com/x.pem":                             false,
		"http://sns.us-east-1.amazonaws.com/x.pem":                                false,
		"https://evil-sns.us-east-1.amazonaws.com/x.pem":                          false,
		"": false,
	} {
		if err := ofSNS(address); (err == nil) != ours {
			t.Errorf("%q: %v", address, err)
		}
	}
}
