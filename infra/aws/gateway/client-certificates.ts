import {
  type MutualAuthentication,
  MutualAuthenticationMode,
  TrustStore,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Settings } from '../constructs/settings.js';

/**
 * Mutual TLS: the load balancer ends the handshake of whoever shows no certificate, not expired, of one of the authorities in
 * the bundle. The API key is asked for as ever: the certificate says that a device is ours, the key which reader it is.
 *
 * @returns undefined where the settings name no bundle
 */
export function clientCertificates(
  scope: Construct,
  { SWIPEGATE_CLIENT_CA_BUCKET: bucketName, SWIPEGATE_CLIENT_CA_KEY: key }: Settings,
): MutualAuthentication | undefined {
  if (bucketName === undefined || key === undefined) return undefined;
  return {
    mutualAuthenticationMode: MutualAuthenticationMode.VERIFY,
    trustStore: new TrustStore(scope, 'ClientAuthorities', {
      bucket: Bucket.fromBucketName(scope, 'ClientAuthoritiesBucket', bucketName),
      key,
    }),
    ignoreClientCertificateExpiry: false,
  };
}
