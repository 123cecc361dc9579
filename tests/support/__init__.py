"""What several test suites share: waiting, kubectl, viewers, independent decryption."""
