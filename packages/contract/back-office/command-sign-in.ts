/**
 * Address to which the browser returns when a command signs a user in. It is registered with the sign-in service, so the
 * port is fixed. Cognito allows http for localhost alone.
 */
export const COMMAND_REDIRECT_URI = 'http://localhost:8977/';
