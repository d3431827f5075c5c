import {
  type MutualAuthentication,
  MutualAuthenticationMode,
  TrustStore,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Settings } from '../constructs/settings.js';

/**
 * Mutual TLS: the load balancer rejects a handshake without a valid, unexpired certificate from an authority in the
 * bundle. The API key is still required: the certificate proves that a device is ours, the key identifies the reader.
 *
 * @returns undefined if the settings name no bundle
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
