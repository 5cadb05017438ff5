/** The admin key of the tests. It opens nothing anywhere else. */
export const TEST_KEY = 'etsk_xKtZ86mI_34uDYqaoCskBlURAUHdN6VBZtl256EvF2UXMxe'
