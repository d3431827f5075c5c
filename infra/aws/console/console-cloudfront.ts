import { EnvironmentError } from '@swipegate/aws/environment';
import { DefaultStackSynthesizer, Duration, type Stack, Token, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { aliasRecord, zoneOf } from '../constructs/dns.js';
import {
  accessLogs,
  logAccess,
  newLogGroup,
  type PrivateBucket,
  privateBucket,
  resourceOf,
} from '../constructs/storage.js';
import type { HostedConsole } from './hosted-console.js';

const LOGS_DAYS = 90;
const HSTS_DAYS = 365;

/** Hosts the console's files in a bucket that only CloudFront reads; it serves them by TLS 1.2 and above. */
export function hostOnCloudFront(scope: Stack, hosted: HostedConsole): void {
  const { settings, domain } = hosted;
  const certificate = settings.SWIPEGATE_CONSOLE_CERTIFICATE;
  if (certificate === undefined) throw new EnvironmentError('SWIPEGATE_CONSOLE_CERTIFICATE is not set.');
  const logs = accessLogs(scope, settings, Duration.days(LOGS_DAYS), {
    // CloudFront delivers its logs with an ACL.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
  });
  const bucket = privateBucket(scope, 'Files', settings);
  logAccess(bucket, logs);
  const distribution = distributionOf(scope, hosted, bucket, logs, certificate);
  deployFiles(scope, hosted, bucket);
  aliasRecord(scope, 'Name', zoneOf(scope, settings, domain), domain, new CloudFrontTarget(distribution));
}

function distributionOf(
  scope: Stack,
  { domain, headers }: HostedConsole,
  bucket: PrivateBucket,
  logBucket: PrivateBucket,
  certificate: string,
): Distribution {
  const distribution = new Distribution(scope, 'Distribution', {
    comment: 'Swipegate: console',
    domainNames: [domain],
    certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificate),
    minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_100,
    defaultRootObject: 'index.html',
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      // The files' own cache-control header makes caches revalidate.
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: headersPolicy(scope, headers),
      compress: true,
    },
    enableLogging: true,
    logBucket,
    logFilePrefix: 'Distribution/',
  });
  Validations.of(distribution).acknowledge(
    { id: 'AwsSolutions::AwsSolutions-CFR1', reason: 'The page holds no data; the user pool controls sign-in.' },
    {
      id: 'AwsSolutions::AwsSolutions-CFR2',
      reason: 'Static files from a cache, GET and HEAD only: no server behind them can be attacked or overloaded.',
    },
  );
  return distribution;
}

/** CloudFront accepts three of these headers only as dedicated properties, not as custom headers. */
function headersPolicy(scope: Stack, headers: Readonly<Record<string, string>>): ResponseHeadersPolicy {
  const {
    'content-security-policy': contentSecurityPolicy = '',
    'referrer-policy': _referrer,
    'x-content-type-options': _options,
    // Set on the files themselves (deployFiles); CloudFront obeys it too.
    'cache-control': _caching,
    ...custom
  } = headers;
  return new ResponseHeadersPolicy(scope, 'Headers', {
    responseHeadersPolicyName: `${scope.stackName}-headers`,
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override: true },
      contentTypeOptions: { override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(HSTS_DAYS), override: true },
    },
    customHeadersBehavior: {
      customHeaders: Object.entries(custom).map(([header, value]) => ({ header, value, override: true })),
    },
    removeHeaders: ['server'],
  });
}

/**
 * Replaces the files in the bucket with those of each deployment, and its config.json. Most names do not change with
 * the contents, so browsers and CloudFront must revalidate. A tab of the version before says so when a page of it is gone.
 */
function deployFiles(scope: Stack, { settings, bundle, config, headers }: HostedConsole, bucket: PrivateBucket): void {
  const deployment = new BucketDeployment(scope, 'Deployment', {
    sources: [Source.asset(bundle), Source.jsonData('config.json', config)],
    destinationBucket: bucket,
    logGroup: newLogGroup(scope, 'DeploymentLogs', settings),
    cacheControl: [CacheControl.fromString(headers['cache-control'] ?? 'no-cache')],
  });
  // The construct that holds the function's role and code.
  const { scope: copier } = deployment.handlerRole.node;
  if (copier === undefined) throw new TypeError(`${deployment.node.path} has no function`);
  const files = scope.getLogicalId(resourceOf(bucket));
  const account = Token.isUnresolved(scope.account) ? '<AWS::AccountId>' : scope.account;
  const built = `arn:<AWS::Partition>:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-${account}-${scope.region}/*`;
  const reason =
    'CDK’s own function, which copies the files: it reads the build assets and writes only to this bucket.';
  Validations.of(copier).acknowledge(
    { id: 'AwsSolutions::AwsSolutions-L1', reason: 'CDK’s own function, on the runtime that CDK tests it with.' },
    {
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'CDK’s own function: it writes its log.',
    },
    ...[
      ...['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*'].map((action) => `Action::s3:${action}`),
      ...[`<${files}.Arn>/*`, built].map((resource) => `Resource::${resource}`),
    ].map((wildcard) => ({ id: `AwsSolutions::AwsSolutions-IAM5[${wildcard}]`, reason })),
  );
}
