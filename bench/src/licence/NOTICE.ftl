<#-- NOTICE is made from this; license-maven-plugin hands over the libraries. -->
elohim-node
Copyright 2026 the elohim-node authors
Licensed under the Apache License, Version 2.0 (LICENSE).

The Akka libraries below came out under the Business Source License 1.1. Each of their releases turns into
Apache-2.0 on a change date that stands in the LICENSE file at its release tag, although the published POMs go on
naming the first licence. All change dates of what is used here have passed:

  com.typesafe.akka 2.8.5                      2026-09-20
  com.typesafe.akka, akka-http family 10.5.3   2026-10-16
  com.lightbend.akka, persistence-jdbc 5.2.1   2026-02-21

Later releases have not all reached theirs. The build refuses every other version of these libraries.

Libraries that a built elohim-node carries:

<#list dependencyMap as e>
<#assign project = e.getKey()/>
${project.groupId}:${project.artifactId} ${project.version} | ${e.getValue()?sort?join(" or ")}
</#list>
