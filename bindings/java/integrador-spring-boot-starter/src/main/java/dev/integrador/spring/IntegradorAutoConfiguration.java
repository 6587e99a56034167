package dev.integrador.spring;

import static org.springframework.util.StringUtils.hasText;

import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;
import dev.integrador.Node;
import dev.integrador.servlet.IntegrationServlet;
import dev.integrador.servlet.internal.Options;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.servlet.Servlet;
import java.util.HashMap;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The node, and what joins it to the application. */
@AutoConfiguration
@ConditionalOnProperty(name = "integrador.enabled", matchIfMissing = true)
@EnableConfigurationProperties(IntegradorProperties.class)
@Import({HealthOfBoot3.class, HealthOfBoot4.class})
public class IntegradorAutoConfiguration {
    /** Made by Spring. */
    public IntegradorAutoConfiguration() {}

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Node integradorNode(IntegradorProperties properties, ObjectProvider<IntegradorCustomizer> customizers) {
        if (!hasText(properties.platform()) && !properties.options().containsKey("name")) {
            throw missing("platform", "set it to this platform's name, as the registries of the others spell it");
        }
        if (!hasText(properties.store())) {
            throw missing("store", "set it to a file, which is made if it isn't there");
        }
        Map<String, String> options = new HashMap<>(properties.options());
        options.put("platform", properties.platform());
        options.put("store", properties.store());
        options.put("platforms", properties.platforms());
        options.put("listen", properties.listen());
        Node.Builder builder = Node.builder(null);
        Options.apply(builder, options);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.open();
    }

    private static IntegradorException missing(String property, String toDo) {
        return new IntegradorException(ErrorKind.CONFIG, "the property integrador." + property + " is missing: " + toDo, property, false, null);
    }

    @Bean
    IntegradorEvents integradorEvents(Node node, IntegradorProperties properties, ConfigurableListableBeanFactory beans) {
        return new IntegradorEvents(node, properties.threads(), beans);
    }

    /** The endpoints, in the application's web server. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass({Servlet.class, ServletRegistrationBean.class})
    static class Web {
        @Bean
        @ConditionalOnMissingBean(name = "integradorServlet")
        ServletRegistrationBean<IntegrationServlet> integradorServlet(Node node, IntegradorProperties properties) {
            String path = properties.path().strip().replaceAll("/*\\*?$", "") + "/*";
            ServletRegistrationBean<IntegrationServlet> servlet = new ServletRegistrationBean<>(new IntegrationServlet(node), path);
            servlet.setName("integrador");
            String limit = properties.options().get("limits.body");
            if (limit != null) {
                servlet.addInitParameter("limits.body", limit);
            }
            servlet.setEnabled(!properties.path().isBlank() && node.localAddress().isEmpty());
            return servlet;
        }
    }

    /** The meters, for every registry that there is. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean
        IntegradorMetrics integradorMetrics(Node node) {
            return new IntegradorMetrics(node);
        }
    }
}
